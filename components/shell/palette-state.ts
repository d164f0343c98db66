import { useSyncExternalStore } from "react";

/** What the shell shows above everything: the palette, the list of keys, or nothing. */
export type Overlay = "palette" | "shortcuts" | null;

let overlay: Overlay = null;
const listeners = new Set<() => void>();

export function showOverlay(next: Overlay): void {
  overlay = next;
  for (const listener of listeners) listener();
}

export const openPalette = (): void => showOverlay("palette");
export const openShortcuts = (): void => showOverlay("shortcuts");

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function useOverlay(): Overlay {
  return useSyncExternalStore(
    subscribe,
    () => overlay,
    () => null,
  );
}
