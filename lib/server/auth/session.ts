import "server-only";
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { decode } from "next-auth/jwt";
import { cache } from "react";
import { type PageSearch, pageAddress, signInPath } from "@/lib/shared/next-path";
import { createCache } from "../cache";
import { seconds } from "../clock";
import { sha256 } from "../crypto";
import { DeskError } from "../errors";
import { once } from "../runtime";
import { noteSecret } from "../scrub";
import { requireJudged } from "../services/connections/find";
import type { ActiveSession, DeskContext, SessionContext } from "../services/context";
import type { Desk } from "../services/desk";
import { loadSession } from "../services/sessions/load";
import { deskContextOf } from "./caller";
import { cookieName, readCookie } from "./cookies";

/*
 * Who is asking. The only thing that proves it is the session cookie: an encrypted JWT that holds a session id and
 * nothing else, looked up in the store at every request. An `Authorization` header, a query or a body never does,
 * and the session id leaves this folder in no direction (ASVS 7.2.3).
 */

/** What a cookie says. `stale` is one that was ours and whose time is over. */
export type CookieReading = { sid: string } | "none" | "stale" | "foreign";

type Claims = { sid: string; expiresAt: number };
const mostCookies = 500;

/** Reads the session id out of the session cookie's value. */
export async function readSessionCookie(desk: Desk, value: string | undefined): Promise<CookieReading> {
  if (!value) return "none";
  // What a cookie says never changes, and opening one costs as much as all that is looked up for it.
  const opened = once("opened-cookies", () => createCache<Claims>({ most: mostCookies }));
  const name = sha256(value);
  const known = opened.get(name);
  if (known && desk.clock.now() < known.expiresAt) {
    noteSecret(value, known.sid);
    return { sid: known.sid };
  }
  try {
    const claims = await decode({ token: value, secret: desk.keys.session });
    if (typeof claims?.sid !== "string" || typeof claims.exp !== "number") return "foreign";
    noteSecret(value, claims.sid);
    opened.set(name, { sid: claims.sid, expiresAt: claims.exp * 1_000 });
    return { sid: claims.sid };
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ERR_JWT_EXPIRED"
      ? "stale"
      : "foreign";
  }
}

/** Timers and refetches on focus say so, and do not keep an idle session alive. */
const isBackground = (from: Headers): boolean => from.get("tokendesk-background") === "1";

/** So long a request waits for the portal to confirm the caller's rights, once a minute; pages are not kept waiting. */
const routePatienceMs = seconds(2.5);
const pagePatienceMs = seconds(1.5);

/**
 * The session of a request to a route, as the portal and the present configuration have it.
 * @param judging `lists` where the route asks the portal for the caller's own lists, which judges them; `unjudged` where
 * it gives nothing that wants a judgement.
 * @throws DeskError `unauthorized` without a cookie of ours, `session_ended` where its session is over, the portal's
 * trouble where it could not be asked about the caller for too long.
 */
export async function requireSession(
  ctx: DeskContext,
  request: Request,
  { lists = false, unjudged = false }: { lists?: boolean; unjudged?: boolean } = {},
): Promise<SessionContext> {
  const value = readCookie(request.headers.get("cookie"), cookieName(ctx.desk.env, "session"));
  const reading = await readSessionCookie(ctx.desk, value);
  if (reading === "none" || reading === "foreign") throw new DeskError("unauthorized");
  if (reading === "stale") throw new DeskError("session_ended");
  const asking = { patienceMs: routePatienceMs, lists };
  const session = await loadSession(ctx.desk, reading.sid, !isBackground(request.headers), asking);
  if (!session) throw new DeskError("session_ended");
  if (!unjudged) requireJudged({ ...ctx, session });
  return { ...ctx, session };
}

/** What a page without a session works with. The same one wherever it is asked for while a page is rendered. */
export const readDesk: () => Promise<DeskContext> = cache(async () => deskContextOf(await headers()));

/** The session of the page that is being rendered, or null. */
export const readSession: () => Promise<SessionContext | null> = cache(async () => {
  const ctx = await readDesk();
  const value = (await cookies()).get(cookieName(ctx.desk.env, "session"))?.value;
  const session = await sessionOf(ctx.desk, value, !isBackground(await headers()));
  return session ? { ...ctx, session } : null;
});

/** Whether whoever opens the page was signed in with this browser, and is no more. */
export async function sessionIsOver(): Promise<boolean> {
  const { desk } = await readDesk();
  const reading = await readSessionCookie(
    desk,
    (await cookies()).get(cookieName(desk.env, "session"))?.value,
  );
  return (reading === "stale" || typeof reading === "object") && (await readSession()) === null;
}

async function sessionOf(
  desk: Desk,
  value: string | undefined,
  active: boolean,
): Promise<ActiveSession | undefined> {
  const reading = await readSessionCookie(desk, value);
  const asking = { patienceMs: pagePatienceMs };
  return typeof reading === "object" ? await loadSession(desk, reading.sid, active, asking) : undefined;
}

/** The session of a page that is for signed-in people; without one the browser is led to the sign-in, and back. */
export async function requirePageSession(path: string, search: PageSearch = {}): Promise<SessionContext> {
  const session = (await readSession()) ?? redirect(signInPath(pageAddress(path, search)));
  requireJudged(session);
  return session;
}
