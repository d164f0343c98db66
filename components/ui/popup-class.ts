import { clsx } from "clsx";

/** The look of what opens beside a control. */
export const popupClass = clsx(
  "rounded-lg border border-line-strong bg-raised text-ink shadow-popup outline-none",
  "origin-(--transform-origin) transition-[opacity,scale] duration-100 ease-out",
  "data-ending-style:scale-[0.98] data-ending-style:opacity-0 data-starting-style:scale-[0.98] data-starting-style:opacity-0",
);
