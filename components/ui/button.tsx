"use client";

import { clsx } from "clsx";
import { type ComponentProps, type MouseEvent, type ReactNode, useEffect } from "react";
import { type ButtonSize, type ButtonVariant, buttonClass } from "./button-class";
import { Spinner } from "./spinner";
import { Tooltip } from "./tooltip";
import { tooltipStore } from "./tooltip-store";

export type ButtonProps = Omit<ComponentProps<"button">, "disabled"> & {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: ReactNode;
  /** Under way: shows a spinner, keeps the focus, and does nothing when pressed. */
  busy?: boolean;
  disabled?: boolean;
  /** Why it cannot be pressed. It stays focusable, so that the reason can be found. */
  disabledReason?: string;
};

export function Button({
  variant = "secondary",
  size = "md",
  icon,
  busy = false,
  disabledReason,
  className,
  children,
  onClick,
  type = "button",
  ...rest
}: ButtonProps) {
  const held = busy || disabledReason !== undefined;
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (held) event.preventDefault();
    else onClick?.(event);
  };
  useEffect(() => {
    // Pointer or focus may stay when the reason goes: its words go all the same.
    return () => {
      if (disabledReason !== undefined && tooltipStore.current()?.content === disabledReason)
        tooltipStore.hide(null, 0);
    };
  }, [disabledReason]);
  // With a reason or without, the same element at the same place: one made anew would lose the focus.
  return (
    <Tooltip content={disabledReason}>
      <button
        {...rest}
        aria-busy={busy || undefined}
        aria-disabled={held || undefined}
        className={clsx(buttonClass(variant, size), className)}
        onClick={press}
        type={type}
      >
        {busy ? <Spinner /> : icon}
        {children}
      </button>
    </Tooltip>
  );
}
