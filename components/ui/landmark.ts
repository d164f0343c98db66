import type { RefObject } from "react";

/**
 * Where what opens beside a control belongs: into the same landmark, so that who moves from landmark to landmark finds
 * it there. Undefined, which means the end of the document, for a control inside of a dialog.
 */
export function landmarkOf(anchor: RefObject<HTMLElement | null>): HTMLElement | undefined {
  return anchor.current?.closest<HTMLElement>("main, header") ?? undefined;
}
