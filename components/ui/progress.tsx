import { clsx } from "clsx";

export type ProgressProps = {
  label: string;
  value: number;
  max: number;
  tone?: "accent" | "good" | "warn" | "danger";
  className?: string;
};

const tones = {
  accent: "bg-accent",
  good: "bg-good-strong",
  warn: "bg-warn-strong",
  danger: "bg-danger-strong",
};

/** How far something has come. */
export function Progress({ label, value, max, tone = "accent", className }: ProgressProps) {
  const share = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  return (
    <div
      aria-label={label}
      aria-valuemax={max}
      aria-valuemin={0}
      aria-valuenow={value}
      aria-valuetext={`${value} of ${max}`}
      className={clsx("h-1.5 overflow-hidden rounded-full bg-press", className)}
      role="progressbar"
    >
      <div
        className={clsx(
          "h-full origin-left rounded-full transition-[scale] duration-300 ease-out",
          tones[tone],
        )}
        style={{ scale: `${share} 1` }}
      />
    </div>
  );
}
