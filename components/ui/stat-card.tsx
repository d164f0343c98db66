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

/** A figure that filters the list below it when pressed: in one line, and as a card where its container is wide. */
export function StatCard({ label, value, tone = "neutral", pressed, className, ...rest }: StatCardProps) {
  const calm = value === 0 || value === undefined;
  return (
    <button
      type="button"
      {...rest}
      aria-pressed={pressed}
      className={clsx(
        "flex min-h-11 min-w-0 items-center justify-between gap-2 overflow-hidden rounded-lg border px-3 text-left shadow-card transition-[background-color,border-color]",
        "@min-[52rem]:flex-col @min-[52rem]:items-stretch @min-[52rem]:gap-0.5 @min-[52rem]:px-3.5 @min-[52rem]:py-2.5",
        pressed
          ? "border-accent bg-accent-soft ring-1 ring-accent ring-inset"
          : "border-line bg-surface hover:border-line-strong hover:bg-raised",
        className,
      )}
    >
      <span className="flex min-w-0 items-center gap-2">
        <span
          aria-hidden
          className={clsx("h-3.5 w-[3px] shrink-0 rounded-full", calm ? "bg-line-strong" : bars[tone])}
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
