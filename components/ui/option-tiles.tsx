"use client";

import { clsx } from "clsx";
import { type ReactNode, useId } from "react";

type OptionTile = { value: string; label: ReactNode; detail?: ReactNode };
export type OptionTilesProps = {
  label: ReactNode;
  options: OptionTile[];
  value: string;
  onChange: (value: string) => void;
};

/** One of two to four things that deserve to be seen at once. Radio buttons underneath. */
export function OptionTiles({ label, options, value, onChange }: OptionTilesProps) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-ink text-sm">{label}</legend>
      <div className="grid gap-1.5">
        {options.map((option) => {
          const chosen = option.value === value;
          return (
            <label
              className={clsx(
                "relative flex min-h-9 items-center gap-2.5 rounded border px-3 py-1.5 text-sm transition-colors pointer-coarse:min-h-11",
                "has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2",
                chosen
                  ? "border-accent bg-accent-soft"
                  : "border-line-control bg-raised hover:border-ink-faint",
              )}
              key={option.value}
            >
              <input
                checked={chosen}
                className="peer absolute inset-0 appearance-none rounded outline-none"
                name={name}
                onChange={() => onChange(option.value)}
                type="radio"
                value={option.value}
              />
              <span
                aria-hidden
                className={clsx(
                  "flex size-3.5 shrink-0 items-center justify-center rounded-full border",
                  chosen ? "border-accent" : "border-line-control",
                )}
              >
                {chosen ? <span className="size-1.5 rounded-full bg-accent" /> : null}
              </span>
              <span className={clsx("min-w-0 flex-1 truncate", chosen && "font-medium")}>{option.label}</span>
              {option.detail ? (
                <span className="shrink-0 text-ink-faint text-xs">{option.detail}</span>
              ) : null}
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
