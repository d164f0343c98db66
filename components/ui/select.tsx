"use client";

import { clsx } from "clsx";
import type { ComponentProps } from "react";
import { useFieldAria } from "./field";
import { controlClass } from "./input";

type SelectOption = { value: string; label: string; disabled?: boolean };
export type SelectProps = Omit<ComponentProps<"select">, "children"> & {
  options: SelectOption[];
  /** Shown while nothing is chosen; cannot be chosen itself. */
  placeholder?: string;
};

/** The browser's own select: it is known to every hand and reader, also on a phone, and costs no script. */
export function Select({ options, placeholder, className, ...rest }: SelectProps) {
  const aria = useFieldAria();
  return (
    <span className="relative block min-w-0">
      <select
        {...aria}
        {...rest}
        className={clsx(
          controlClass,
          "h-8 appearance-none truncate py-0 pr-8 pl-2.5 pointer-coarse:h-11 [&>option]:bg-raised [&>option]:text-ink",
          className,
        )}
      >
        {placeholder === undefined ? null : (
          <option disabled value="">
            {placeholder}
          </option>
        )}
        {options.map((option) => (
          <option disabled={option.disabled} key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <svg
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 right-2.5 size-3.5 -translate-y-1/2 text-ink-faint"
        fill="none"
        viewBox="0 0 16 16"
      >
        <path
          d="m4.5 6.25 3.5 3.5 3.5-3.5"
          stroke="currentColor"
          strokeLinecap="round"
          strokeLinejoin="round"
          strokeWidth="1.6"
        />
      </svg>
    </span>
  );
}
