import { clsx } from "clsx";

export type ButtonVariant = "primary" | "secondary" | "ghost" | "danger" | "danger-quiet";
export type ButtonSize = "sm" | "md" | "lg";

// A disabled control keeps its look on hover; `:disabled` and `aria-disabled` are both left out of it.
const variants: Record<ButtonVariant, string> = {
  primary:
    "border-transparent bg-accent text-accent-on shadow-control not-disabled:not-aria-disabled:hover:bg-accent-hover",
  secondary:
    "border-line-strong bg-raised text-ink shadow-control not-disabled:not-aria-disabled:hover:border-line-control not-disabled:not-aria-disabled:hover:bg-surface data-popup-open:bg-sunken",
  ghost:
    "border-transparent text-ink-soft not-disabled:not-aria-disabled:hover:bg-hover not-disabled:not-aria-disabled:hover:text-ink not-disabled:active:bg-press data-popup-open:bg-hover data-popup-open:text-ink",
  danger:
    "border-transparent bg-danger-fill text-danger-on shadow-control not-disabled:not-aria-disabled:hover:bg-danger-fillHover",
  "danger-quiet":
    "border-line-strong bg-raised text-danger shadow-control not-disabled:not-aria-disabled:hover:border-danger-line not-disabled:not-aria-disabled:hover:bg-danger-soft",
};

const sizes: Record<ButtonSize, string> = {
  sm: "h-7 gap-1.5 px-2.5 text-xs pointer-coarse:h-11",
  md: "h-8 gap-1.5 px-3 text-sm pointer-coarse:h-11",
  lg: "h-10 gap-2 px-4 text-base pointer-coarse:h-12",
};

/** The look of a button; also for links that stand beside buttons. */
export function buttonClass(variant: ButtonVariant = "secondary", size: ButtonSize = "md"): string {
  return clsx(
    "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded border font-medium",
    "transition-[background-color,border-color,color,scale] active:scale-[0.985] motion-reduce:active:scale-100",
    "disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-busy:cursor-progress",
    "aria-disabled:not-aria-busy:opacity-55",
    variants[variant],
    sizes[size],
  );
}
