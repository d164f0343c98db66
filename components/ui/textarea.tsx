"use client";

import { clsx } from "clsx";
import type { ComponentProps } from "react";
import { useFieldAria } from "./field";
import { controlClass } from "./input";

export function Textarea({ className, rows = 3, ...rest }: ComponentProps<"textarea">) {
  const aria = useFieldAria();
  return (
    <textarea
      {...aria}
      {...rest}
      className={clsx(
        controlClass,
        "field-sizing-content block max-h-60 resize-y px-2.5 py-1.5",
        rows === 1 ? "min-h-8 pointer-coarse:min-h-11" : "min-h-16",
        className,
      )}
      rows={rows}
    />
  );
}
