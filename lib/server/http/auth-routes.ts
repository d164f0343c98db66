import "server-only";
import { z } from "zod";
import { signInInput } from "@/lib/contracts/sessions";
import { nextPath } from "@/lib/shared/next-path";
import { cookieName, readCookie } from "../auth/cookies";
import { type AuthAction, runNextAuth } from "../auth/run-next-auth";
import { readSessionCookie } from "../auth/session";
import { DeskError } from "../errors";
import type { DeskContext } from "../services/context";
import { answer } from "./answer";
import { readText, requireMediaType } from "./body";
import { type Routes, under } from "./define-routes";
import { apiHeaders } from "./headers";
import { parseInput, parseParams } from "./parse";
import { countRequest } from "./rate-limit";
import { json } from "./respond";
import type { Handler } from "./route";

/*
 * The part of next-auth that the desk lets the world see: reading a csrf token, the session and the provider, and
 * the sign-in callback. Everything else that the library would answer is a 404 here and never reaches it. In comes
 * the one form of the API, with a password or a token; out go our cookies, and failures as problem documents.
 */

const readable = new Map<string, AuthAction>([
  ["csrf", ["csrf"]],
  ["session", ["session"]],
  ["providers", ["providers"]],
]);

const pathParams = z.object({ nextauth: z.array(z.string()) });

const form = z.record(z.string(), z.string());

const read: Handler = (request, { params }) =>
  answer(request, {}, async (ctx) => {
    const { nextauth } = parseParams(pathParams, await params);
    const action = readable.get(nextauth.join("/"));
    if (!action) throw new DeskError("not_found");
    countRequest(ctx);
    const { body, setCookies } = await runNextAuth(ctx, request, action);
    return withCookies(json(body ?? {}, 200), setCookies);
  });

const signIn: Handler = (request, { params }) =>
  answer(request, {}, async (ctx) => {
    const { nextauth } = parseParams(pathParams, await params);
    if (nextauth.join("/") !== "callback/portal") throw new DeskError("not_found");
    countRequest(ctx);
    requireMediaType(request.headers, ["application/x-www-form-urlencoded"]);
    const { csrfToken, json: wantsJson, callbackUrl, input } = readForm(await readText(request));
    const attempt = { input, csrfToken, previousSid: await previousSid(ctx, request) };
    const setCookies = await runSignIn(ctx, request, attempt);
    const home = new URL(nextPath(callbackUrl), ctx.desk.env.url).href;
    const response =
      wantsJson === "true"
        ? json({ url: home }, 200)
        : new Response(null, { status: 303, headers: { ...apiHeaders, Location: home } });
    return withCookies(response, setCookies);
  });

type Attempt = Parameters<typeof runNextAuth>[3] & { failure?: unknown };

async function runSignIn(ctx: DeskContext, request: Request, attempt: Attempt): Promise<string[]> {
  const { setCookies } = await runNextAuth(ctx, request, ["callback", "portal"], attempt);
  if (attempt.failure) throw attempt.failure;
  const signedIn = setCookies.some((line) => line.startsWith(`${cookieName(ctx.desk.env, "session")}=`));
  // Neither failed nor done: next-auth stopped before, since the csrf token is not that of the cookie.
  if (!signedIn && readCookie(request.headers.get("cookie"), cookieName(ctx.desk.env, "csrf")) === undefined)
    throw new DeskError("cookies_missing");
  if (!signedIn) throw new DeskError("cross_site", { detail: "The csrf token is missing or wrong." });
  return setCookies;
}

/** The form has eight. */
const mostFields = 20;

/** The fields of next-auth, and what the portal is to be asked. A field left empty counts as not sent. */
function readForm(text: string) {
  if (text.split("&", mostFields + 1).length > mostFields) throw new DeskError("invalid_input");
  const pairs = [...new URLSearchParams(text)].filter(([, value]) => value !== "");
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length)
    throw new DeskError("invalid_input", { detail: "A field was given twice." });
  const fields = parseInput(form, Object.fromEntries(pairs));
  const { csrfToken, json: wantsJson, redirect: _redirect, callbackUrl, asIs, ...rest } = fields;
  const credentials = asIs === undefined ? rest : { ...rest, asIs: asIs === "true" };
  return { csrfToken, json: wantsJson, callbackUrl, input: parseInput(signInInput, credentials) };
}

async function previousSid(ctx: DeskContext, request: Request): Promise<string | undefined> {
  const value = readCookie(request.headers.get("cookie"), cookieName(ctx.desk.env, "session"));
  const reading = await readSessionCookie(ctx.desk, value);
  return typeof reading === "object" ? reading.sid : undefined;
}

function withCookies(response: Response, setCookies: string[]): Response {
  for (const line of setCookies) response.headers.append("Set-Cookie", line);
  return response;
}

const missing: Handler = (request) =>
  answer(request, {}, async () => {
    throw new DeskError("not_found");
  });

/** What stands under `/api/auth/`. */
export const authRoutes: Routes = under("/api/auth/[...nextauth]", {
  GET: read,
  POST: signIn,
  PUT: missing,
  PATCH: missing,
  DELETE: missing,
  HEAD: missing,
  OPTIONS: missing,
});
