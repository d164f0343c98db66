import "server-only";
import type { ProblemCode } from "@/lib/contracts/problem";
import { deskContextOf } from "../auth/caller";
import { seconds, withinPatience } from "../clock";
import { DeskError } from "../errors";
import { log } from "../log";
import type { DeskContext } from "../services/context";
import { refuseBearer, requireHost, requireOwnSite } from "./admission";
import { toDeskError } from "./failure";
import { problemResponse, statusOf } from "./problem";

const longestAnswerMs = seconds(14);

/** What the log says of a request that was refused or failed. Whoever learns who asked adds it as `who`. */
export type About = Record<string, string>;

/** Statuses of requests that somebody was not allowed to make (ASVS 16.3.2); the limiter speaks for itself. */
const refusals = [401, 403, 404, 421];

/** How a request is let in, where it differs from the rule. */
export type Admission = {
  /** A probe: it comes under whatever name the machine has, with whatever credential. */
  probe?: boolean;
  /** What a 401 says is wanted (RFC 9110 §11.6.1), where it is not our cookie. */
  challenge?: string;
};

/**
 * Lets a request in and runs what answers it; whatever is thrown on the way becomes a problem document. Every
 * answer of the API passes here, those for unknown paths and methods too.
 */
export async function answer(
  request: Request,
  admission: Admission,
  run: (ctx: DeskContext, about: About) => Promise<Response>,
): Promise<Response> {
  let ctx: DeskContext | undefined;
  const about: About = { method: request.method };
  try {
    ctx = await deskContextOf(request.headers);
    about.requestId = ctx.from.requestId;
    about.ip = ctx.from.ip;
    const { url: home } = ctx.desk.env;
    if (!admission.probe) requireHost(request.headers, home);
    requireOwnSite(request.method, request.headers, home);
    if (!admission.probe) refuseBearer(request.headers);
    return await inTime(ctx, about, run(ctx, about));
  } catch (error) {
    about.path = loggedPath(request.url);
    const logger = ctx?.desk.log ?? log();
    const { code, facts } = toDeskError(error, logger, about);
    if (refusals.includes(statusOf(code))) logger.info({ ...about, code }, "refused");
    return problemResponse(code, about.requestId ?? "unknown", facts, challengeOf(code, admission));
  }
}

const challengeOf = (code: ProblemCode, { challenge }: Admission): Record<string, string> =>
  challenge !== undefined && statusOf(code) === 401 ? { "WWW-Authenticate": challenge } : {};

const ownSegment = /^([a-z][a-z-]{0,30}|(tok|con|op|ses)_[a-z2-7]{26})?$/;

/** A path of ours as it is; what somebody put into it besides is free text, and may be a secret. */
const loggedPath = (url: string): string =>
  new URL(url).pathname
    .split("/")
    .map((segment) => (ownSegment.test(segment) ? segment : "…"))
    .join("/");

/**
 * A browser's answer, whatever the use case waits for: each call to a portal has its deadline, and this is the one
 * of several in a row. What was begun goes on, and is found as what it came to.
 * @throws DeskError `portal_timeout`
 */
async function inTime({ desk }: DeskContext, about: About, answered: Promise<Response>): Promise<Response> {
  const response = await withinPatience(desk.clock, answered, longestAnswerMs);
  if (response) return response;
  desk.log.warn(about, "an answer took too long");
  answered.catch((error: unknown) => toDeskError(error, desk.log, about));
  throw new DeskError("portal_timeout", { retryAfter: 5 });
}
