import { clsx } from "clsx";

/** A token with its slot, as old turnstiles took them. */
export function BrandMark({ className }: { className?: string }) {
  return (
    <svg aria-hidden="true" className={clsx("shrink-0", className)} fill="currentColor" viewBox="0 0 24 24">
      <path
        d="M12 .75a11.25 11.25 0 1 0 0 22.5 11.25 11.25 0 0 0 0-22.5ZM6.4 6.9h11.2v3.1h-3.95v7.9h-3.3V10H6.4V6.9Z"
        fillRule="evenodd"
      />
    </svg>
  );
}
