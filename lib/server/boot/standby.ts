import "server-only";
import type { IncomingMessage, ServerResponse } from "node:http";
import { newId } from "../crypto";
import type { Env } from "../env";
import { scrapeOfStandby } from "../http/metrics";
import { problemResponse } from "../http/problem";
import { isApi } from "../peer";
import { once } from "../runtime";
import { noticePage } from "./notice-page";

/** Whether this process waits for a database that another desk works on. It answers probes meanwhile, and nothing else. */
export const standby = (): { waiting: boolean } => once("standby", () => ({ waiting: false }));

const askAgainSeconds = 5;

/** Answers in the place of a desk that is not there yet: it lives, and is not ready. */
export async function answerAsStandby(
  request: IncomingMessage,
  response: ServerResponse,
  env: Env,
): Promise<void> {
  const { method, url: target = "" } = request;
  if (!isApi(target)) {
    const { headers, html } = noticePage({
      title: "Another desk is at work",
      parts: [
        "This one stands by, and takes over as soon as that one ends. Whoever gets here was sent to the wrong one of the two.",
        { link: "Try again", to: "/" },
      ],
    });
    response.writeHead(503, { ...headers, "Retry-After": askAgainSeconds });
    return void response.end(method === "HEAD" ? undefined : html);
  }
  const answer =
    (await answerOfApi(request, env)) ??
    problemResponse("standby", newId("req"), { retryAfter: askAgainSeconds });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(method === "HEAD" ? undefined : await answer.text());
}

/** What whoever watches over the desk is told; undefined of everything else. */
function answerOfApi(request: IncomingMessage, env: Env): Promise<Response> | Response | undefined {
  const { method = "", url = "" } = request;
  const [path] = url.split("?", 1);
  if (path === "/api/health/live") return Response.json({ ok: true });
  const isScrape = path === "/api/metrics" && ["GET", "HEAD"].includes(method) && env.metricsToken;
  return isScrape ? scrapeOfStandby(env, headersOf(request)) : undefined;
}

const headersOf = ({ headers }: IncomingMessage): Headers =>
  new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]));
