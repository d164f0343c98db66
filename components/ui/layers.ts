import { useCallback, useEffect, useId } from "react";

/*
 * Dialogs may lie above each other without being nested in the tree (a step-up question above the dialog whose
 * action needs it). Each would hear the same Esc and the same press outside; only the top one may act on it.
 */
const stack: string[] = [];

/** Registers an open layer; answers whether it is the top one. */
export function useLayer(open: boolean): () => boolean {
  const id = useId();
  useEffect(() => {
    if (!open) return;
    stack.push(id);
    return () => {
      stack.splice(stack.indexOf(id), 1);
    };
  }, [open, id]);
  return useCallback(() => stack.at(-1) === id, [id]);
}

/** Whether any dialog is open: single-key shortcuts rest meanwhile. */
export function isLayerOpen(): boolean {
  return stack.length > 0;
}
