"use client";

import { useEffect } from "react";

/** What a click may need at any moment; and what says that the desk cannot be reached, which then cannot be fetched. */
const parts = [
  () => import("@/components/ui/toast-layer"),
  () => import("@/components/ui/menu-popup"),
  () => import("@/components/ui/tooltip-layer"),
  () => import("@/components/session/session-ended-dialog"),
  () => import("@/components/session/proof-dialog"),
  // Whoever presses `n` types on at once: keys that come before the dialog would be lost, or act on a row.
  () => import("@/components/tokens/mint-dialog"),
  () => import("@/components/tokens/revoke/revoke-dialog"),
];

const settleMs = 2_000;

/** Fetches the lazy parts of the frame one after the other, once the page has come to rest. */
export function WarmUp() {
  useEffect(() => {
    let left = false;
    const timer = setTimeout(async () => {
      for (const load of parts) {
        await idle();
        if (left) return;
        await load().catch(() => undefined);
      }
    }, settleMs);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, []);
  return null;
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => resolve(), { timeout: 5_000 });
    else setTimeout(resolve, 200);
  });
}
