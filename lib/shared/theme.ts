/** The cookie that keeps a person's choice. It says nothing about them, and the server only ever compares it. */
export const themeCookie = "tokendesk.theme";

type Theme = "light" | "dark";
/** What can be chosen; `system` keeps no cookie. */
export type ThemeChoice = Theme | "system";

/** The choice that a cookie's value stands for. Whatever else somebody put there counts as none. */
export function readTheme(value: string | undefined): ThemeChoice {
  return value === "light" || value === "dark" ? value : "system";
}
