"use client";

import { clsx } from "clsx";
import { type ReactNode, useId } from "react";

type Chip<T extends string> = { value: T; label: ReactNode; disabledReason?: string };
export type ChipGroupProps<T extends string> = {
  /** What is being chosen; shown above unless hidden. */
  label: ReactNode;
  hideLabel?: boolean;
  chips: Chip<T>[];
  value: T | null;
  onChange: (value: T) => void;
  /** Under the chips: what the choice means, in words. */
  hint?: ReactNode;
  error?: ReactNode;
  className?: string;
};

/** One of a few. Radio buttons, so that arrows, readers and forms work as everybody expects. */
export function ChipGroup<T extends string>(props: ChipGroupProps<T>) {
  const { label, hideLabel, chips, value, onChange, hint, error, className } = props;
  const name = useId();
  const hintId = `${name}-hint`;
  return (
    <fieldset aria-describedby={hint || error ? hintId : undefined} className={className}>
      <legend className={hideLabel ? "sr-only" : "mb-1.5 font-medium text-ink text-sm"}>{label}</legend>
      <div className="flex flex-wrap gap-1.5">
        {chips.map((chip) => (
          <label
            className={clsx(
              "relative inline-flex h-7 select-none items-center rounded-full border px-3 text-xs transition-colors pointer-coarse:h-11 pointer-coarse:px-4",
              "has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2",
              "has-disabled:cursor-not-allowed has-disabled:opacity-50",
              value === chip.value
                ? "border-accent bg-accent-soft font-medium text-accent-text"
                : "border-line-control bg-raised text-ink-soft hover:border-ink-faint hover:text-ink",
            )}
            key={chip.value}
          >
            <input
              checked={value === chip.value}
              className="absolute inset-0 appearance-none rounded-full outline-none"
              disabled={chip.disabledReason !== undefined}
              name={name}
              onChange={() => onChange(chip.value)}
              type="radio"
              value={chip.value}
            />
            {chip.label}
          </label>
        ))}
      </div>
      {hint || error ? (
        <p className={clsx("mt-1.5 text-xs", error ? "text-danger" : "text-ink-faint")} id={hintId}>
          {error ?? hint}
        </p>
      ) : null}
    </fieldset>
  );
}
