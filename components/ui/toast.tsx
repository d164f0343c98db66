"use client";

import { lazy, type ReactNode, Suspense, useSyncExternalStore } from "react";
import type { NextStepProps } from "./countdown";

export type ToastTone = "neutral" | "good" | "warn" | "danger";
export type ToastMessage = {
  title: string;
  /** Words only. Never a secret: a toast outlives the moment it is for. */
  description?: string;
  /** Where it has to be waited for: counted down in the description's place, and the toast stays for as long. */
  wait?: NextStepProps["wait"];
  tone?: ToastTone;
  action?: { label: string; onPress: () => void };
  /** Milliseconds until it goes by itself; 0 for never. */
  timeoutMs?: number;
};

let queue: ToastMessage[] = [];
let everUsed = false;
const listeners = new Set<() => void>();

export const toastQueue = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  used: (): boolean => everUsed,
  /** Hands over what waits, once. */
  take(): ToastMessage[] {
    const waiting = queue;
    queue = [];
    return waiting;
  },
};

function toast(message: ToastMessage): void {
  everUsed = true;
  queue.push(message);
  for (const listener of listeners) listener();
}

/** Says something in passing, at the edge of the page. What must not be missed belongs where it happened. */
export function useToast(): { toast: (message: ToastMessage) => void } {
  return toaster;
}
const toaster = { toast };

const ToastLayer = lazy(() => import("./toast-layer"));

/** Where toasts appear. Once a page. */
export function ToastRoot(): ReactNode {
  const used = useSyncExternalStore(toastQueue.subscribe, toastQueue.used, () => false);
  return used ? (
    <Suspense fallback={null}>
      <ToastLayer />
    </Suspense>
  ) : null;
}
