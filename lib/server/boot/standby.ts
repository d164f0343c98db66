import "server-only";
import type { IncomingMessage, ServerResponse } from "node:http";
import { newId } from "../crypto";
import { problemResponse } from "../http/problem";
import { once } from "../runtime";

/** Whether this process waits for a database that another desk works on. It answers probes meanwhile, and nothing else. */
export const standby = (): { waiting: boolean } => once("standby", () => ({ waiting: false }));

const askAgainSeconds = 5;

/** Answers in the place of a desk that is not there yet: it lives, and is not ready. */
export async function answerAsStandby({ url }: IncomingMessage, response: ServerResponse): Promise<void> {
  const isLive = url?.split("?", 1)[0] === "/api/health/live";
  const answer = isLive
    ? Response.json({ ok: true })
    : problemResponse("standby", newId("req"), { retryAfter: askAgainSeconds });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(await answer.text());
}
