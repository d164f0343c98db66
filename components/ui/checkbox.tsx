"use client";

import { clsx } from "clsx";
import { type ComponentProps, type ReactNode, useEffect, useRef } from "react";

export type CheckboxProps = Omit<ComponentProps<"input">, "type" | "size"> & {
  /** Some of what it stands for is chosen. */
  indeterminate?: boolean;
  /** Beside the box. Without it give an `aria-label`. */
  label?: ReactNode;
};

/** A native checkbox, its tick drawn by itself (a table has many); the label makes a target of 24 px, and of 44 px on touch. */
export function Checkbox({ indeterminate = false, label, className, ...rest }: CheckboxProps) {
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (ref.current) ref.current.indeterminate = indeterminate;
  }, [indeterminate]);
  return (
    <label
      className={clsx(
        "inline-flex min-h-6 min-w-6 items-center justify-center gap-2 text-sm pointer-coarse:min-h-11 pointer-coarse:min-w-11",
        "has-disabled:cursor-not-allowed has-disabled:text-ink-faint",
        className,
      )}
    >
      <input
        {...rest}
        className={clsx(
          "relative size-4 shrink-0 appearance-none rounded-xs border border-line-control bg-raised transition-colors",
          "checked:border-accent checked:bg-accent indeterminate:border-accent indeterminate:bg-accent",
          "hover:border-ink-faint disabled:opacity-50",
          "before:absolute before:inset-[0.1875rem] before:bg-accent-on before:opacity-0 checked:before:opacity-100 indeterminate:before:opacity-100",
          "before:[clip-path:polygon(12%_45%,0_59%,39%_96%,100%_19%,86%_7%,37%_68%)]",
          "indeterminate:before:[clip-path:inset(40%_0)]",
        )}
        ref={ref}
        type="checkbox"
      />
      {label}
    </label>
  );
}
