import { clsx } from "clsx";

/** Something is under way. Decoration only: whoever shows it says in words what it is. */
export function Spinner({ className }: { className?: string }) {
  return (
    <svg
      aria-hidden="true"
      className={clsx("size-3.5 shrink-0 animate-spin motion-reduce:animate-none", className)}
      fill="none"
      viewBox="0 0 16 16"
    >
      <circle cx="8" cy="8" opacity="0.22" r="6.25" stroke="currentColor" strokeWidth="2" />
      <path d="M14.25 8A6.25 6.25 0 0 0 8 1.75" stroke="currentColor" strokeLinecap="round" strokeWidth="2" />
    </svg>
  );
}
