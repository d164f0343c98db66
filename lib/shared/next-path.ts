import { mayHoldToken } from "./token-text";

/** Where a sign-in leads when nothing else was asked for. */
export const defaultNextPath = "/tokens";

const placeholderOrigin = "http://desk.invalid";
const maxLength = 2048;

/**
 * The path of this desk that a sign-in may lead to: `value` where it is one, else the tokens page.
 *
 * `value` comes from the address, so anybody may have written it, and a link that signs somebody in and then leads
 * elsewhere is a phishing tool. Refused is whatever a browser or a router might read as another host once it has
 * decoded it: `//host`, `/\host`, schemes, encoded slashes, back slashes and percent signs, controls and white space.
 */
export function nextPath(value: string | null | undefined): string {
  if (!value || value.length > maxLength) return defaultNextPath;
  if (!/^\/(?![/\\])/.test(value)) return defaultNextPath;
  if (/[\\\s\p{Cc}]/u.test(value)) return defaultNextPath;
  const path = value.split(/[?#]/, 1)[0] ?? "";
  if (path.includes("//") || /%(2f|5c|25|[01][0-9a-f]|20|7f|a0)/i.test(path)) return defaultNextPath;
  const url = parse(value);
  if (url?.origin !== placeholderOrigin || url.pathname !== path) return defaultNextPath;
  if (/^\/(api|sign-in|_next)(\/|$)/.test(path)) return defaultNextPath;
  return `${url.pathname}${url.search}${url.hash}`;
}

function parse(value: string): URL | null {
  try {
    return new URL(value, placeholderOrigin);
  } catch {
    return null;
  }
}

/** The parameters of a page's address, as Next gives them. */
export type PageSearch = Record<string, string | string[] | undefined>;

/**
 * A page's address with its parameters, to come back to: filters survive a sign-in. What may hold a token is left
 * out, for addresses end up in histories and logs; so is what is given twice, which no page of ours reads.
 */
export function pageAddress(path: string, search: PageSearch): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === "string" && !mayHoldToken(`${name} ${value}`)) query.set(name, value);
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

/** The address of the sign-in page that leads back to `path`. */
export function signInPath(path: string): string {
  const next = nextPath(path);
  return next === defaultNextPath ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`;
}
