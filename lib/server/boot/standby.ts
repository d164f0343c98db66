import "server-only";
import type { IncomingMessage, ServerResponse } from "node:http";
import { newId } from "../crypto";
import { problemResponse } from "../http/problem";
import { isApi } from "../peer";
import { once } from "../runtime";
import { noticePage } from "./notice-page";

/** Whether this process waits for a database that another desk works on. It answers probes meanwhile, and nothing else. */
export const standby = (): { waiting: boolean } => once("standby", () => ({ waiting: false }));

const askAgainSeconds = 5;

/** Answers in the place of a desk that is not there yet: it lives, and is not ready. */
export async function answerAsStandby(
  { method, url: target = "" }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
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
  const isLive = target.split("?", 1)[0] === "/api/health/live";
  const answer = isLive
    ? Response.json({ ok: true })
    : problemResponse("standby", newId("req"), { retryAfter: askAgainSeconds });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(await answer.text());
}
