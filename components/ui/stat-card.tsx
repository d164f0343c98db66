"use client";

import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";
import type { Tone } from "./status-dot";

const bars: Record<Tone, string> = {
  neutral: "bg-line-control",
  good: "bg-good-strong",
  warn: "bg-warn-strong",
  danger: "bg-danger-strong",
  info: "bg-info-strong",
  accent: "bg-accent",
};

export type StatCardProps = Omit<ComponentProps<"button">, "value"> & {
  label: ReactNode;
  /** The figure; absent while it is not known. */
  value?: number;
  tone?: Tone;
  /** Whether the list below is narrowed to it. */
  pressed: boolean;
};

/** A figure that filters the list below it when pressed. */
export function StatCard({ label, value, tone = "neutral", pressed, className, ...rest }: StatCardProps) {
  const calm = value === 0 || value === undefined;
  return (
    <button
      type="button"
      {...rest}
      aria-pressed={pressed}
      className={clsx(
        "group relative flex min-w-0 flex-col gap-0.5 overflow-hidden rounded-lg border px-3.5 py-2.5 text-left shadow-card transition-[background-color,border-color]",
        pressed
          ? "border-accent bg-accent-soft ring-1 ring-accent ring-inset"
          : "border-line bg-surface hover:border-line-strong hover:bg-raised",
        className,
      )}
    >
      <span className="flex items-center gap-2">
        <span
          aria-hidden
          className={clsx("h-3.5 w-[3px] rounded-full", calm ? "bg-line-strong" : bars[tone])}
        />
        <span className={clsx("truncate text-xs", pressed ? "text-accent-text" : "text-ink-soft")}>
          {label}
        </span>
      </span>
      <span
        className={clsx(
          "font-semibold text-xl tabular-nums tracking-[-0.02em]",
          calm && !pressed ? "text-ink-faint" : "text-ink",
        )}
      >
        {value === undefined ? (
          <>
            <span aria-hidden>–</span>
            <span className="sr-only">not known</span>
          </>
        ) : (
          value.toLocaleString("en")
        )}
      </span>
    </button>
  );
}
