import type { ReactNode } from "react";

export type TooltipContent = ReactNode | (() => ReactNode);

export type TooltipRequest = {
  anchor: HTMLElement;
  content: TooltipContent;
  side: "top" | "bottom" | "left" | "right";
  describes: boolean;
};

/** Another one shows at once while people move along a row of them. */
const warmMs = 400;

let current: TooltipRequest | null = null;
let everUsed = false;
let hiddenAt = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function set(next: TooltipRequest | null) {
  if (current && !next) hiddenAt = performance.now();
  current = next;
  for (const listener of listeners) listener();
}

/** Which tooltip shows now; what `Tooltip` writes and the layer reads. */
export const tooltipStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  current: (): TooltipRequest | null => current,
  used: (): boolean => everUsed,

  show(request: TooltipRequest, delayMs: number) {
    clearTimeout(timer);
    if (!everUsed) {
      everUsed = true;
      for (const listener of listeners) listener();
    }
    const warm = current !== null || performance.now() - hiddenAt < warmMs;
    if (delayMs === 0 || warm) set(request);
    else timer = setTimeout(() => set(request), delayMs);
  },

  /** Hides the tooltip of this anchor; a delay lets the pointer reach the tooltip itself. */
  hide(anchor: HTMLElement | null, delayMs: number) {
    clearTimeout(timer);
    if (!current || (anchor && current.anchor !== anchor)) return;
    if (delayMs === 0) set(null);
    else timer = setTimeout(() => set(null), delayMs);
  },

  /** The pointer is over the tooltip: it stays. */
  keep() {
    clearTimeout(timer);
  },
};
