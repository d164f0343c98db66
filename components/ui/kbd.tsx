import { clsx } from "clsx";
import type { ReactNode } from "react";

/** A key. */
export function Kbd({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <kbd
      className={clsx(
        "inline-flex h-[1.125rem] min-w-[1.125rem] items-center justify-center rounded-xs border border-current/25 px-1 font-sans text-2xs leading-none",
        className,
      )}
    >
      {children}
    </kbd>
  );
}
