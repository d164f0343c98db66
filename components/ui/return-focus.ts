import { type RefObject, useMemo } from "react";

export type FinalFocus = RefObject<HTMLElement | null> | (() => HTMLElement | null);

/**
 * Where the focus goes when a dialog closes: where it is told to, else back to where it was. A dialog that a key opened
 * while nothing had the focus gives it to nothing again, instead of to the first link of the page.
 */
export function useReturnFocus(open: boolean, told: FinalFocus | undefined): () => HTMLElement | boolean {
  const before = useMemo(() => (open ? document.activeElement : null), [open]);
  return () => {
    const target = typeof told === "function" ? told() : told?.current;
    if (target && target !== document.body) return target;
    return before !== null && before !== document.body;
  };
}
