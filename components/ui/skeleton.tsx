import { clsx } from "clsx";

/** The place of something that is on its way. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={clsx("block animate-pulse rounded-sm bg-press motion-reduce:animate-none", className)}
    />
  );
}
