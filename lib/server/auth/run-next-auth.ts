import "server-only";
import type { NextApiRequest, NextApiResponse } from "next";
import NextAuth from "next-auth";
import { noteSecret, noteTyped } from "../scrub";
import type { DeskContext } from "../services/context";
import { cookieName, readCookie } from "./cookies";
import { authOptions, type SignInAttempt } from "./options";

/** The actions of next-auth that the desk uses. */
export type AuthAction = ["csrf"] | ["session"] | ["providers"] | ["callback", "portal"];

/** What next-auth would have answered. */
export type AuthOutcome = { body: unknown; setCookies: string[] };

/**
 * Runs one action of next-auth. It is given what the action needs and nothing more: of the cookies our session and
 * csrf cookie by their exact names (so that stray cookies are neither chunks of a session nor an address to go
 * to), of the form the csrf token, of headers and query none. Where it would send the browser is not asked either.
 * @throws whatever kept a session from being read.
 */
export async function runNextAuth(
  ctx: DeskContext,
  request: Request,
  action: AuthAction,
  attempt?: SignInAttempt & { csrfToken?: string },
): Promise<AuthOutcome> {
  const outcome: AuthOutcome = { body: undefined, setCookies: [] };
  const trouble: { failure?: unknown } = {};
  const incoming = {
    method: attempt ? "POST" : "GET",
    query: { nextauth: action },
    cookies: ownCookies(ctx, request.headers.get("cookie")),
    headers: {},
    body: attempt ? { csrfToken: attempt.csrfToken, json: "true" } : undefined,
  };
  await NextAuth(
    incoming as unknown as NextApiRequest,
    recorder(outcome) as unknown as NextApiResponse,
    authOptions(ctx, trouble, attempt),
  );
  if (trouble.failure) throw trouble.failure;
  const kept = ["session", "csrf"].map((what) => `${cookieName(ctx.desk.env, what as "session" | "csrf")}=`);
  outcome.setCookies = outcome.setCookies.filter((line) => kept.some((start) => line.startsWith(start)));
  for (const line of outcome.setCookies) noteCookie(line.slice(line.indexOf("=") + 1).split(";", 1)[0] ?? "");
  // A csrf cookie that is none of ours is replaced; what somebody made up is no secret of the desk's.
  const csrf = cookieName(ctx.desk.env, "csrf");
  if (!outcome.setCookies.some((line) => line.startsWith(`${csrf}=`)))
    noteCookie(incoming.cookies[csrf] ?? "");
  return outcome;
}

/** A csrf cookie is the token and its hash, with a bar between: anybody is given as many as they ask for. */
function noteCookie(value: string): void {
  const parts = value.split(/\||%7C/i, 2);
  if (parts.length > 1) noteTyped(...parts);
  else noteSecret(value);
}

function ownCookies(ctx: DeskContext, header: string | null): Record<string, string> {
  const names = [cookieName(ctx.desk.env, "session"), cookieName(ctx.desk.env, "csrf")];
  const pairs = names.map((name) => [name, readCookie(header, name)] as const);
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** The few methods of Node's answer that next-auth calls, kept instead of sent. */
function recorder(outcome: AuthOutcome) {
  const response = {
    status: () => response,
    getHeader: () => outcome.setCookies,
    setHeader(name: string, value: unknown) {
      if (name === "Set-Cookie" && Array.isArray(value)) outcome.setCookies = value.map(String);
      return response;
    },
    json: (body: unknown) => keep(body),
    send: (body: unknown) => keep(body),
    end: () => {},
  };
  const keep = (body: unknown) => {
    outcome.body = body;
  };
  return response;
}
