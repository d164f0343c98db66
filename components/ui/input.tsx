"use client";

import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";
import { useFieldAria } from "./field";

/** The look of a control that is typed into. 16 px on touch: below that, iOS zooms the page. */
export const controlClass = clsx(
  "w-full min-w-0 rounded border border-line-control bg-raised text-ink text-sm shadow-control transition-[border-color]",
  "hover:border-ink-faint focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0",
  "aria-invalid:border-danger-strong aria-invalid:focus-visible:outline-danger-strong",
  "disabled:cursor-not-allowed disabled:bg-sunken disabled:text-ink-faint [&:is(input,textarea):read-only]:bg-sunken",
  "pointer-coarse:text-lg",
);

export type InputProps = ComponentProps<"input"> & {
  /** Stands inside, before the text. */
  leading?: ReactNode;
  /** Stands inside, behind the text; may be a control. */
  trailing?: ReactNode;
  /** For values that are compared by eye. */
  mono?: boolean;
};

export function Input({ leading, trailing, mono, className, ...rest }: InputProps) {
  const aria = useFieldAria();
  const input = (
    <input
      {...aria}
      {...rest}
      className={clsx(
        controlClass,
        "h-8 px-2.5 pointer-coarse:h-11",
        Boolean(leading) && "pl-8",
        Boolean(trailing) && "pr-9",
        mono && "font-mono",
        className,
      )}
    />
  );
  if (!leading && !trailing) return input;
  return (
    <span className="relative block min-w-0">
      {leading ? (
        <span className="pointer-events-none absolute inset-y-0 left-0 flex w-8 items-center justify-center text-ink-faint">
          {leading}
        </span>
      ) : null}
      {input}
      {trailing ? (
        <span className="absolute inset-y-0 right-0 flex items-center justify-center pr-1">{trailing}</span>
      ) : null}
    </span>
  );
}
