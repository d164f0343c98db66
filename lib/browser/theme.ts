"use client";

import { useSyncExternalStore } from "react";
import { readTheme, type ThemeChoice, themeCookie } from "@/lib/shared/theme";

const yearSeconds = 365 * 24 * 60 * 60;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** The server has put the choice on <html> before anything was drawn, so there it is read. */
function current(): ThemeChoice {
  return readTheme(document.documentElement.dataset.theme);
}

/** Changes the theme now, and for the next documents by a cookie: no script has to run before the first paint. */
export function setTheme(choice: ThemeChoice): void {
  const root = document.documentElement;
  if (choice === "system") delete root.dataset.theme;
  else root.dataset.theme = choice;
  const life = choice === "system" ? 0 : yearSeconds;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
  document.cookie = `${themeCookie}=${choice}; Path=/; Max-Age=${life}; SameSite=Lax${secure}`;
  for (const listener of listeners) listener();
}

export function useTheme(): ThemeChoice {
  return useSyncExternalStore(subscribe, current, () => "system");
}
