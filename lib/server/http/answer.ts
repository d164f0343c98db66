import "server-only";
import { deskContextOf } from "../auth/caller";
import { seconds, withinPatience } from "../clock";
import { DeskError } from "../errors";
import { log } from "../log";
import type { DeskContext } from "../services/context";
import { refuseAuthorizationHeader, requireHost, requireOwnSite } from "./admission";
import { toDeskError } from "./failure";
import { problemResponse } from "./problem";

const longestAnswerMs = seconds(14);

/** How a request is let in, where it differs from the rule. */
export type Admission = {
  /** Probes come under whatever name the machine has. */
  anyHost?: boolean;
};

/**
 * Lets a request in and runs what answers it; whatever is thrown on the way becomes a problem document. Every
 * answer of the API passes here, those for unknown paths and methods too.
 */
export async function answer(
  request: Request,
  admission: Admission,
  run: (ctx: DeskContext) => Promise<Response>,
): Promise<Response> {
  let ctx: DeskContext | undefined;
  try {
    ctx = await deskContextOf(request.headers);
    const { url: home } = ctx.desk.env;
    if (!admission.anyHost) requireHost(request.headers, home);
    requireOwnSite(request.method, request.headers, home);
    refuseAuthorizationHeader(request.headers);
    return await inTime(ctx, { method: request.method }, run(ctx));
  } catch (error) {
    const requestId = ctx?.from.requestId ?? "unknown";
    const about = { requestId, method: request.method };
    const { code, facts } = toDeskError(error, ctx?.desk.log ?? log(), about);
    return problemResponse(code, requestId, facts);
  }
}

/**
 * A browser's answer, whatever the use case waits for: each call to a portal has its deadline, and this is the one
 * of several in a row. What was begun goes on, and is found as what it came to.
 * @throws DeskError `portal_timeout`
 */
async function inTime(
  { desk, from }: DeskContext,
  about: Record<string, string>,
  answered: Promise<Response>,
): Promise<Response> {
  const response = await withinPatience(desk.clock, answered, longestAnswerMs);
  if (response) return response;
  desk.log.warn({ ...about, requestId: from.requestId }, "an answer took too long");
  answered.catch((error: unknown) => toDeskError(error, desk.log, about));
  throw new DeskError("portal_timeout", { retryAfter: 5 });
}
