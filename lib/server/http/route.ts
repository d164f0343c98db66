import "server-only";
import { z } from "zod";
import { requireSession } from "../auth/session";
import { seconds } from "../clock";
import { newId } from "../crypto";
import { untilDone } from "../room";
import type { ActiveSession, DeskContext, SessionContext } from "../services/context";
import { type Admission, answer } from "./answer";
import { readJson } from "./body";
import { outputOf } from "./output";
import { parseInput, parseParams, parseQuery } from "./parse";
import { countRequest } from "./rate-limit";
import { type Download, download, empty, jsonParts } from "./respond";

/*
 * The edge of our own API. A route is declared, and everything that a request must pass stands here once, in this
 * order: host, site, bearer token, session, rate, media type, size, schema, use case, schema of the answer.
 * In come JSON and the session cookie; out go what the output schema names, or a problem document. A portal
 * credential passes in only (signing in, connecting, step-up, a pasted token), a token's value out only by *copy*.
 */

/** Who may call: `optional` looks for a session and does without. */
type Auth = "session" | "optional" | "none";
type ContextOf<A extends Auth> = A extends "session"
  ? SessionContext
  : A extends "optional"
    ? DeskContext & { session?: ActiveSession }
    : DeskContext;

/** What a use case is given of the request. */
type RouteInput<P, Q, B> = {
  params: P;
  query: Q;
  body: B;
  header(name: string): string | undefined;
};

/** How a route is declared. Without `query` and `body` there must be none; without `output` the answer is a 204. */
type Declaration<A extends Auth, P, Q, B, O> = Admission & {
  auth: A;
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  body?: z.ZodType<B>;
  /** Media types of the body, where they are not JSON's own. */
  bodyTypes?: readonly string[];
  output?: z.ZodType<O>;
  /** Where it is not 200. */
  status?: number | ((output: O) => number);
  headers?: (ctx: ContextOf<A>) => [name: string, value: string][];
  /** It asks the portal for the caller's own lists, by which their connections are judged. */
  lists?: boolean;
  /** What somebody may do whose connections the portal could not be asked about for too long. */
  unjudged?: boolean;
  /** Requests a minute of each person or, without one, each address, counted for this route alone; 0 counts none. */
  perMinute?: number;
  run(ctx: ContextOf<A>, input: RouteInput<P, Q, B>): Promise<O | Download> | O | Download;
};

type Params = { params: Promise<Record<string, string | string[] | undefined>> };
export type Handler = (request: Request, context: Params) => Promise<Response>;

const nothing = z.strictObject({});
const lateBodyMs = seconds(1);

/** Makes a handler of a declaration. */
export function route<A extends Auth, P = unknown, Q = unknown, B = unknown, O = void>(
  declared: Declaration<A, P, Q, B, O>,
): Handler {
  const { perMinute } = declared;
  const limit = perMinute === undefined ? undefined : { route: newId("route"), perMinute };
  return (request, { params }) =>
    answer(request, declared, async (from, about) => {
      const ctx = await contextOf(declared, from, request).catch((error: unknown) => {
        // Without a session there is a limit too, for whoever tries one cookie after the other.
        countRequest(from, limit);
        throw error;
      });
      if ("session" in ctx && ctx.session) about.who = ctx.session.ownerId;
      if (perMinute !== 0) countRequest(ctx, limit);
      const letInAt = from.desk.clock.monotonic();
      const input = await readInput(declared, request, await params);
      // A body may be long in coming: who was let in before it may not be let in any more.
      const isLate = from.desk.clock.monotonic() - letInAt > lateBodyMs;
      const current = isLate ? await contextOf(declared, from, request) : ctx;
      const response = await untilDone(current, async (lasting) =>
        respond(declared, await declared.run(lasting, input), ctx),
      );
      for (const [name, value] of declared.headers?.(ctx) ?? []) response.headers.append(name, value);
      return response;
    });
}

// The three kinds of context differ by `session` alone, which the compiler cannot tie to the value of `auth`.
async function contextOf<A extends Auth>(
  { auth, ...judging }: { auth: A; lists?: boolean; unjudged?: boolean },
  ctx: DeskContext,
  request: Request,
): Promise<ContextOf<A>> {
  if (auth === "session") return (await requireSession(ctx, request, judging)) as ContextOf<A>;
  if (auth === "none") return ctx as ContextOf<A>;
  return (await requireSession(ctx, request).catch(() => ctx)) as ContextOf<A>;
}

async function readInput<A extends Auth, P, Q, B, O>(
  declared: Declaration<A, P, Q, B, O>,
  request: Request,
  params: unknown,
): Promise<RouteInput<P, Q, B>> {
  const bodied = !["GET", "HEAD"].includes(request.method);
  const body = bodied ? await readJson(request, declared.bodyTypes ?? ["application/json"]) : {};
  return {
    params: parseParams(declared.params ?? (z.unknown() as z.ZodType<P>), params),
    query: parseQuery(declared.query ?? (nothing as z.ZodType<Q>), new URL(request.url).searchParams),
    body: parseInput(declared.body ?? (nothing as z.ZodType<B>), body),
    header: (name) => request.headers.get(name) ?? undefined,
  };
}

async function respond<A extends Auth, P, Q, B, O>(
  declared: Declaration<A, P, Q, B, O>,
  result: O | Download,
  { desk, from }: DeskContext,
): Promise<Response> {
  if (isDownload(result)) return download(result, desk.log, from.requestId);
  if (!declared.output) return empty();
  const output = await outputOf(declared.output, result, desk.log, from.requestId);
  const { status } = declared;
  return jsonParts(output, typeof status === "function" ? status(result) : (status ?? 200));
}

const isDownload = (result: unknown): result is Download =>
  typeof result === "object" && result !== null && "lines" in result && "fileName" in result;
