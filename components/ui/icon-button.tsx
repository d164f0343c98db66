"use client";

import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";
import { Spinner } from "./spinner";
import { Tooltip } from "./tooltip";

export type IconButtonProps = Omit<ComponentProps<"button">, "children" | "aria-label"> & {
  /** Its accessible name, also shown as tooltip. */
  label: string;
  icon: ReactNode;
  /** The key that does the same, shown in the tooltip. */
  keys?: ReactNode;
  size?: "sm" | "md";
  /** Under way: shows a spinner, keeps the focus, and does nothing when pressed. */
  busy?: boolean;
  tone?: "plain" | "danger";
  /** A label that stands beside it in plain sight needs no tooltip. */
  tooltip?: boolean;
};

export function IconButton({
  label,
  icon,
  keys,
  size = "md",
  busy = false,
  tone = "plain",
  tooltip = true,
  className,
  onClick,
  type = "button",
  ...rest
}: IconButtonProps) {
  const button = (
    <button
      {...rest}
      aria-busy={busy || undefined}
      aria-label={label}
      className={clsx(
        "inline-flex shrink-0 items-center justify-center rounded text-ink-faint transition-colors pointer-coarse:size-11",
        "data-popup-open:bg-hover data-popup-open:text-ink disabled:cursor-not-allowed disabled:opacity-45",
        tone === "danger"
          ? "enabled:hover:bg-danger-soft enabled:hover:text-danger"
          : "enabled:hover:bg-hover enabled:hover:text-ink enabled:active:bg-press",
        size === "sm" ? "size-6" : "size-8",
        className,
      )}
      onClick={busy ? undefined : onClick}
      type={type}
    >
      {busy ? <Spinner /> : icon}
    </button>
  );
  if (!tooltip) return button;
  return (
    <Tooltip
      content={
        keys ? (
          <span className="flex items-center gap-2">
            {label} {keys}
          </span>
        ) : (
          label
        )
      }
      describes={false}
    >
      {button}
    </Tooltip>
  );
}
