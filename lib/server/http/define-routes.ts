import "server-only";
import { answer } from "./answer";
import { problemResponse } from "./problem";
import { empty } from "./respond";
import type { Handler } from "./route";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof methods)[number];
/** What a `route.ts` exports: an answer to every method that Next knows. */
export type Routes = Record<Method | "HEAD" | "OPTIONS", Handler>;

/**
 * All methods of one path. Those that are not given answer 405 and say which there are; HEAD is GET without the
 * body; OPTIONS names the methods and grants no other origin anything.
 */
export function defineRoutes(given: Partial<Record<Method, Handler>>): Routes {
  const allowed = methods.filter((method) => given[method]);
  const allow = [...allowed, ...(given.GET ? ["HEAD"] : []), "OPTIONS"].join(", ");
  const refuse: Handler = (request) =>
    answer(request, {}, async ({ from }) =>
      problemResponse("method_not_allowed", from.requestId, {}, { Allow: allow }),
    );
  const tell: Handler = (request) => answer(request, {}, async () => empty({ Allow: allow }));
  return {
    GET: given.GET ?? refuse,
    POST: given.POST ?? refuse,
    PUT: given.PUT ?? refuse,
    PATCH: given.PATCH ?? refuse,
    DELETE: given.DELETE ?? refuse,
    HEAD: given.GET ? withoutBody(given.GET) : refuse,
    OPTIONS: tell,
  };
}

/** For a path that does not exist: the same answer whatever is done to it. */
export function defineMissing(): Routes {
  const missing: Handler = (request) =>
    answer(request, {}, async ({ from }) => problemResponse("not_found", from.requestId));
  return {
    GET: missing,
    POST: missing,
    PUT: missing,
    PATCH: missing,
    DELETE: missing,
    HEAD: missing,
    OPTIONS: missing,
  };
}

const withoutBody =
  (get: Handler): Handler =>
  async (request, context) => {
    const { body, status, headers } = await get(request, context);
    await body?.cancel();
    return new Response(null, { status, headers });
  };
