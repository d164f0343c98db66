import "server-only";
import type { AuthOptions, LoggerInstance } from "next-auth";
import Credentials from "next-auth/providers/credentials";
import type { SignInInput } from "@/lib/contracts/sessions";
import { hours } from "../clock";
import { DeskError } from "../errors";
import type { DeskContext } from "../services/context";
import { loadSession } from "../services/sessions/load";
import { signIn } from "../services/sessions/sign-in";
import { cookieOptions } from "./cookies";

/*
 * next-auth as the desk uses it. Into its cookie goes `{sub, sid}` and nothing else: no name, no role, no portal
 * credential. What `authorize` throws would land in an address, so nothing is thrown there; the failure is handed
 * to the caller of the attempt instead.
 */

/** One sign-in: what was typed, who had the browser before, and, when it failed, why. */
export type SignInAttempt = { input: SignInInput; previousSid?: string; failure?: unknown };

/** It prints nothing: its metadata can hold what somebody typed. Codes are enough, and only for debugging. */
const quiet = (ctx: DeskContext): LoggerInstance => ({
  error: (code: string) => ctx.desk.log.debug({ code }, "next-auth"),
  warn: (code: string) => ctx.desk.log.debug({ code }, "next-auth"),
  debug: () => {},
});

/**
 * The options for one request.
 * @param trouble gets what kept a session from being read: next-auth takes every failure for an end of the session,
 * and would have the browser drop a good cookie because the store was away for a moment.
 * @param attempt present for the sign-in callback alone.
 */
export function authOptions(
  ctx: DeskContext,
  trouble: { failure?: unknown },
  attempt?: SignInAttempt,
): AuthOptions {
  const { env, keys } = ctx.desk;
  const maxAge = hours(env.sessionMaxHours) / 1000;
  const load = (sid: string) =>
    loadSession(ctx.desk, sid, false).catch((error: unknown) => {
      trouble.failure = error;
      throw error;
    });
  return {
    secret: keys.session,
    useSecureCookies: env.url.protocol === "https:",
    cookies: cookieOptions(env),
    session: { strategy: "jwt", maxAge },
    jwt: { maxAge },
    logger: quiet(ctx),
    providers: [
      Credentials({
        id: "portal",
        name: "RingCX portal",
        credentials: {},
        authorize: async () => (attempt ? authorize(ctx, attempt) : null),
      }),
    ],
    callbacks: {
      // A new object each time: what a client sends as an "update" is never looked at. To end a session this
      // callback must throw; an empty answer would keep it.
      async jwt({ token, user, trigger }) {
        if (trigger === "signIn" && "sid" in user) return { sub: user.id, sid: user.sid };
        if (typeof token.sid !== "string" || !(await load(token.sid))) throw new DeskError("session_ended");
        return { sub: token.sub, sid: token.sid };
      },
      async session({ token }) {
        const session = await load(String(token.sid));
        if (!session) throw new DeskError("session_ended");
        const { fullName, userName } = session.user;
        return { user: { name: fullName ?? userName }, expires: new Date(session.expiresAt).toISOString() };
      },
    },
  };
}

async function authorize(ctx: DeskContext, attempt: SignInAttempt) {
  try {
    return await signIn(ctx, attempt.input, attempt.previousSid);
  } catch (error) {
    attempt.failure = error;
    return null;
  }
}
