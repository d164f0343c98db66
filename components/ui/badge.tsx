import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";
import type { Tone } from "./status-dot";

const tones: Record<Tone, string> = {
  neutral: "border-line bg-sunken text-ink-soft",
  good: "border-good-line bg-good-soft text-good",
  warn: "border-warn-line bg-warn-soft text-warn",
  danger: "border-danger-line bg-danger-soft text-danger",
  info: "border-info-line bg-info-soft text-info",
  accent: "border-accent-line bg-accent-soft text-accent-text",
};

export type BadgeProps = ComponentProps<"span"> & { tone?: Tone; icon?: ReactNode };

/** A short word about something. Passes its props on, so that a tooltip can hang on it. */
export function Badge({ tone = "neutral", icon, className, children, ...rest }: BadgeProps) {
  return (
    <span
      {...rest}
      className={clsx(
        "inline-flex h-5 max-w-full items-center gap-1 whitespace-nowrap rounded-sm border px-1.5 font-medium text-2xs",
        tones[tone],
        className,
      )}
    >
      {icon}
      <span className="truncate">{children}</span>
    </span>
  );
}
