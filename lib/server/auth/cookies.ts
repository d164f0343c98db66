import "server-only";
import type { CookiesOptions } from "next-auth";
import { hours } from "../clock";
import type { Env } from "../env";

type CookieEnv = Pick<Env, "url" | "sessionMaxHours">;

/**
 * The name of one of our cookies. `__Host-` binds it to this very host and to https (RFC 6265bis, 4.1.3.2). Over
 * plain http there is no such prefix; cookies ignore ports, so the port in the name keeps two local desks apart.
 */
export function cookieName({ url }: Pick<Env, "url">, what: "session" | "csrf" | "callback-url"): string {
  return url.protocol === "https:" ? `__Host-tokendesk.${what}` : `tokendesk.${what}-${url.port || "80"}`;
}

/** Our cookies as next-auth wants them named. Scripts never see them, and no other site's forms send them. */
export function cookieOptions(env: CookieEnv): Partial<CookiesOptions> {
  const options = {
    httpOnly: true,
    sameSite: "lax" as const,
    path: "/",
    secure: env.url.protocol === "https:",
  };
  return {
    sessionToken: {
      name: cookieName(env, "session"),
      options: { ...options, maxAge: hours(env.sessionMaxHours) / 1000 },
    },
    csrfToken: { name: cookieName(env, "csrf"), options },
    callbackUrl: { name: cookieName(env, "callback-url"), options },
  };
}

/** `Set-Cookie` values that make a browser drop all of ours. */
export function expiredCookies(env: Pick<Env, "url">): string[] {
  const secure = env.url.protocol === "https:" ? "; Secure" : "";
  const names = (["session", "csrf", "callback-url"] as const).map((what) => cookieName(env, what));
  return names.map((name) => `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${secure}`);
}

/** The value of the first cookie of exactly this name. Longer names with the same beginning are nobody's chunks. */
export function readCookie(header: string | null, name: string): string | undefined {
  for (const pair of header?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at < 0 || pair.slice(0, at).trim() !== name) continue;
    return decode(pair.slice(at + 1).trim());
  }
  return undefined;
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
