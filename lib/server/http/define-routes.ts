import "server-only";
import { noteRoute } from "../metrics/requests";
import { answer } from "./answer";
import { problemResponse } from "./problem";
import { empty } from "./respond";
import type { Handler } from "./route";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
type Method = (typeof methods)[number];
/** What a `route.ts` exports: an answer to every method that Next knows. */
export type Routes = Record<Method | "HEAD" | "OPTIONS", Handler>;

/**
 * All methods of one path; its template names it for whoever counts requests, with `[id]` in the place of each id. Those
 * that are not given answer 405 and say which there are; HEAD is GET without the
 * body; OPTIONS names the methods and grants no other origin anything.
 */
export function defineRoutes(template: string, given: Partial<Record<Method, Handler>>): Routes {
  const allowed = methods.filter((method) => given[method]);
  const allow = [...allowed, ...(given.GET ? ["HEAD"] : []), "OPTIONS"].join(", ");
  const refuse: Handler = (request) =>
    answer(request, {}, async ({ from }) =>
      problemResponse("method_not_allowed", from.requestId, {}, { Allow: allow }),
    );
  const tell: Handler = (request) => answer(request, {}, async () => empty({ Allow: allow }));
  return under(template, {
    GET: given.GET ?? refuse,
    POST: given.POST ?? refuse,
    PUT: given.PUT ?? refuse,
    PATCH: given.PATCH ?? refuse,
    DELETE: given.DELETE ?? refuse,
    HEAD: given.GET ? withoutBody(given.GET) : refuse,
    OPTIONS: tell,
  });
}

/** For a path that does not exist: the same answer whatever is done to it. */
export function defineMissing(template: string): Routes {
  const missing: Handler = (request) =>
    answer(request, {}, async ({ from }) => problemResponse("not_found", from.requestId));
  return under(template, {
    GET: missing,
    POST: missing,
    PUT: missing,
    PATCH: missing,
    DELETE: missing,
    HEAD: missing,
    OPTIONS: missing,
  });
}

/** Routes whose requests are counted under this template: never under what somebody asked for. */
export const under = (template: string, routes: Routes): Routes =>
  eachOf(routes, (handler) => (request, context) => {
    noteRoute(request.headers, template);
    return handler(request, context);
  });

/** Something else in the place of each handler. */
export const eachOf = (
  routes: Routes,
  change: (handler: Handler, method: keyof Routes) => Handler,
): Routes => ({
  GET: change(routes.GET, "GET"),
  POST: change(routes.POST, "POST"),
  PUT: change(routes.PUT, "PUT"),
  PATCH: change(routes.PATCH, "PATCH"),
  DELETE: change(routes.DELETE, "DELETE"),
  HEAD: change(routes.HEAD, "HEAD"),
  OPTIONS: change(routes.OPTIONS, "OPTIONS"),
});

const withoutBody =
  (get: Handler): Handler =>
  async (request, context) => {
    const { body, status, headers } = await get(request, context);
    await body?.cancel();
    return new Response(null, { status, headers });
  };
