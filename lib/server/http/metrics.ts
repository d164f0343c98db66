import "server-only";
import { originOf } from "../auth/caller";
import { systemClock } from "../clock";
import { isSecret } from "../crypto";
import type { Env } from "../env";
import { DeskError } from "../errors";
import { log } from "../log";
import { isMeasured } from "../metrics/current";
import { type Told, tellMetrics } from "../metrics/tell";
import type { Origin } from "../services/context";
import type { Desk } from "../services/desk";
import { requireOwnSite } from "./admission";
import { answer } from "./answer";
import { defineMissing, defineRoutes, eachOf, type Routes } from "./define-routes";
import { toDeskError } from "./failure";
import { apiHeaders } from "./headers";
import { problemResponse, statusOf } from "./problem";
import { countRequest } from "./rate-limit";
import type { Handler } from "./route";

/*
 * What Prometheus asks for. It comes by the machine's inner address, over plain http, as probes do, and is nobody's session: who
 * it is says one token, which opens nothing else. Without that token in the configuration there is no such path.
 */

type ScrapeContext = { desk: Pick<Desk, "env" | "clock" | "log">; from: Origin };

const challenge = 'Bearer realm="metrics"';

/** Of an address: so many by the token, and as many without it. Somebody scrapes each second, and somebody else guesses. */
const perMinute = 600;

/** The routes of the metrics. @param tell what a desk tells; undefined where it measures nothing. */
export function metricsRoutes(template: string, tell: (desk: Desk) => Promise<Told>): Routes {
  const scrape: Handler = (request) =>
    answer(request, { probe: true, challenge }, async (ctx) => {
      requireScraper(ctx, request.headers);
      return textOf(await tell(ctx.desk));
    });
  const present = defineRoutes(template, { GET: scrape });
  const missing = defineMissing(template);
  return eachOf(
    missing,
    (handler, method) => (request, context) => (isMeasured() ? present[method] : handler)(request, context),
  );
}

/** The answer of a desk that stands by: that it does, and how its process is. It lets in whom one at work does. */
export async function scrapeOfStandby(env: Env, headers: Headers): Promise<Response> {
  const from = originOf(headers, env.proxies);
  const { requestId, ip } = from;
  try {
    requireOwnSite("GET", headers, env.url);
    requireScraper({ desk: { env, clock: systemClock, log: log() }, from }, headers);
    return textOf(await tellMetrics({ isReady: false, isStandby: true, isFull: false, portals: [] }));
  } catch (error) {
    const about = { requestId, ip, path: "/api/metrics" };
    const { code, facts } = toDeskError(error, log(), about);
    const status = statusOf(code);
    if ([401, 403].includes(status)) log().info({ ...about, code }, "refused");
    return problemResponse(code, requestId, facts, status === 401 ? { "WWW-Authenticate": challenge } : {});
  }
}

/** @throws DeskError `too_many_requests`, `unauthorized` */
function requireScraper(ctx: ScrapeContext, headers: Headers): void {
  const [, given = ""] = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
  const { metricsToken } = ctx.desk.env;
  const isScraper = metricsToken !== undefined && isSecret(metricsToken, given);
  // Counted apart: whoever guesses from Prometheus's own address would shut it out.
  countRequest(ctx, { route: isScraper ? "metrics" : "metrics refused", perMinute });
  if (!isScraper)
    throw new DeskError("unauthorized", {
      detail: "The metrics want the token of TOKENDESK_METRICS_TOKEN: Authorization: Bearer <token>.",
    });
}

/** @throws DeskError `not_found` */
function textOf(told: Told): Response {
  if (!told) throw new DeskError("not_found");
  return new Response(told.text, { headers: { ...apiHeaders, "Content-Type": told.contentType } });
}
