"use client";

import { useSyncExternalStore } from "react";

const never = () => () => {};

/** "⌘" or "Ctrl": the key that opens the palette on this computer. */
export function usePlatformKey(): "⌘" | "Ctrl" {
  return useSyncExternalStore(
    never,
    () => (/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl"),
    () => "Ctrl",
  );
}
