"use client";

import { useSyncExternalStore } from "react";

const singleKeysName = "tokendesk.single-keys";
const portalName = "tokendesk.portal";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

/** Storage may be full or forbidden; a preference is never worth an error. */
function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // It holds until the page is left.
  }
  for (const listener of listeners) listener();
}

/** Whether single keys (`n`, `/`, `?`) do anything: speech input and some hands press them by accident (WCAG 2.1.4). */
export function singleKeysOn(): boolean {
  return read(singleKeysName) !== "off";
}

export function setSingleKeys(on: boolean): void {
  write(singleKeysName, on ? "on" : "off");
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(subscribe, singleKeysOn, () => true);
}

/** The portal that was signed in to last on this computer. */
export function lastPortal(): string | null {
  return read(portalName);
}

export function rememberPortal(id: string): void {
  write(portalName, id);
}
