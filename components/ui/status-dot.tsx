import { clsx } from "clsx";
import type { ReactNode } from "react";

export type Tone = "neutral" | "good" | "warn" | "danger" | "info" | "accent";
/** The shape says the same as the colour: full, ring, half and cross can be told apart without it. */
export type DotShape = "full" | "ring" | "half" | "cross";

const tones: Record<Tone, string> = {
  neutral: "text-ink-faint",
  good: "text-good-strong",
  warn: "text-warn-strong",
  danger: "text-danger-strong",
  info: "text-info-strong",
  accent: "text-accent",
};

export type StatusDotProps = {
  tone: Tone;
  shape?: DotShape;
  /** Something is happening: the dot breathes. */
  pulse?: boolean;
  /** The word beside it. Required: colour alone says nothing. */
  children: ReactNode;
  /** The word is there for readers only, because it stands nearby already. */
  hideWord?: boolean;
  className?: string;
};

export function StatusDot({ tone, shape = "full", pulse, children, hideWord, className }: StatusDotProps) {
  return (
    <span className={clsx("inline-flex items-center gap-1.5 whitespace-nowrap", className)}>
      <svg
        aria-hidden="true"
        className={clsx("size-2 shrink-0", tones[tone], pulse && "animate-pulse motion-reduce:animate-none")}
        viewBox="0 0 8 8"
      >
        {shape === "full" ? <circle cx="4" cy="4" fill="currentColor" r="3.5" /> : null}
        {shape === "ring" || shape === "half" ? (
          <circle cx="4" cy="4" fill="none" r="2.9" stroke="currentColor" strokeWidth="1.3" />
        ) : null}
        {shape === "half" ? <path d="M4 1.1a2.9 2.9 0 0 1 0 5.8Z" fill="currentColor" /> : null}
        {shape === "cross" ? (
          <path
            d="m1.3 1.3 5.4 5.4m0-5.4-5.4 5.4"
            stroke="currentColor"
            strokeLinecap="round"
            strokeWidth="1.5"
          />
        ) : null}
      </svg>
      <span className={hideWord ? "sr-only" : undefined}>{children}</span>
    </span>
  );
}
