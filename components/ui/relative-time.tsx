"use client";

import { createContext, useContext, useSyncExternalStore } from "react";
import { absoluteTime, relativeTime } from "@/lib/shared/relative-time";
import { Tooltip } from "./tooltip";

const tickMs = 10_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = 0;

/** One clock for all times on the page: they turn over together, and a row costs no timer. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function readNow(): number {
  if (now === 0 || timer === undefined) now = Date.now();
  return now;
}

/** When the server drew the document. The browser's first drawing has to be the same, whatever depends on the time. */
export const RenderedAt = createContext<number | undefined>(undefined);

/** The time of the shared clock, in milliseconds; moves on every ten seconds. */
export function useNow(): number {
  const renderedAt = useContext(RenderedAt);
  return useSyncExternalStore(subscribe, readNow, () => renderedAt ?? Date.now());
}

export type RelativeTimeProps = {
  /** RFC 3339. */
  at: string;
  className?: string;
  /** Off where the row around it takes the focus and tells the absolute time itself. */
  focusable?: boolean;
};

/**
 * "3 min ago", with the absolute time and its zone on hover and focus. The server's words may be a second older than
 * the browser's: the difference is not worth a warning, and the next tick evens it out.
 */
export function RelativeTime({ at, className, focusable = true }: RelativeTimeProps) {
  const current = useNow();
  // The shared clock is up to a tick behind: what has just happened is not in the future.
  const then = Date.parse(at);
  const seen = then > current && then - current < tickMs * 2 && then <= Date.now() + 1_000 ? then : current;
  return (
    <Tooltip content={() => absoluteTime(at)}>
      <time
        className={className ?? "whitespace-nowrap rounded-xs"}
        dateTime={at}
        suppressHydrationWarning
        tabIndex={focusable ? 0 : undefined}
      >
        {relativeTime(at, seen)}
      </time>
    </Tooltip>
  );
}
