import "server-only";
import type { PortalCause } from "../cause";
import { type Clock, seconds } from "../clock";
import { type Deadline, startDeadline } from "./deadline";
import { PortalError, type PortalErrorKind } from "./error";
import type { Answer, Outgoing } from "./exchange";
import type { Line } from "./line";
import { isBulk, isByHand, type Turn } from "./priority";
import { type TooMany, tooMany } from "./schemas";
import { answerError, isHtml } from "./status-error";
import type { Lane } from "./transport";

/** One finished try, or one that was refused before anything was sent. For counting and logging: it has no secret. */
export type PortalCallEvent = {
  portalId: string;
  endpoint: string;
  status?: number;
  kind?: PortalErrorKind;
  cause?: PortalCause;
  durationMs: number;
};

export type CallContext = { clock: Clock; callMs: number; onCall?: (event: PortalCallEvent) => void };

/** A call as an endpoint describes it; `T` is what its answer says. */
export type CallSpec<T> = Omit<Outgoing, "signal"> &
  Turn & {
    portalId: string;
    /** Whether the portal may have to say that there is no such thing; where not, its 404 is of a path that is none. */
    mayBeMissing?: true;
    /** Whether an answer outside 2xx is an answer to this question, and no error. */
    accept?: (answer: Answer) => boolean;
    /** What an answer says; undefined where it is not understood, for then nobody can tell what the portal has done. */
    read: (answer: Answer) => T | TooMany | undefined | Promise<T | TooMany | undefined>;
    signal?: AbortSignal;
  };

/** What was said; `durationMs` is that of the try which was answered, without any waiting before it. */
export type Said<T> = {
  said: T;
  durationMs: number;
  /** An earlier try of this call may have taken effect already. */
  perhapsTwice?: true;
};

const maxTries = 3;
const firstBackoffMs = 300;
const longestBackoffMs = seconds(2);
/** Less time than this is not worth another try. */
const shortestTryMs = 250;

/**
 * Makes one call over a line: waits its turn, tries, and tries a GET or a DELETE again (three times at most, with full
 * jitter) after a failed connection, a timeout or a 5xx, while the deadline leaves time. A POST is sent once at most:
 * each mint makes another permanent token.
 *
 * Returns what the answer says when its status is 2xx or accepted. Throws PortalError for everything else; its `sent` speaks for all
 * the tries together.
 */
export async function call<T>(line: Line, context: CallContext, spec: CallSpec<T>): Promise<Said<T>> {
  const deadline = startDeadline(context.clock, context.callMs, spec.signal);
  const tries = spec.method === "POST" ? 1 : maxTries;
  let last: PortalError | undefined;
  try {
    for (let count = 1; ; count += 1) {
      const refusal = await admit(line, context, spec, deadline);
      // What the earlier try met is the news, not that there was no room for the next one.
      if (refusal) throw last ?? refusal;
      const outcome = await tryOnce(line, context, spec, deadline);
      if (!(outcome instanceof PortalError))
        return last?.sent === "maybe" ? { ...outcome, perhapsTwice: true } : outcome;
      last = last?.sent === "maybe" ? new PortalError(outcome.kind, { ...outcome, sent: "maybe" }) : outcome;
      const pauseMs = Math.max(outcome.retryAfterMs ?? 0, backoffMs(count));
      const mayRepeat = count < tries && isUnavailability(outcome);
      if (!mayRepeat || deadline.remainingMs() < pauseMs + shortestTryMs) throw last;
      await pauseBetweenTries(context.clock, pauseMs, deadline, last);
    }
  } catch (error) {
    if (error === last && last && isUnavailability(last)) line.failed(last);
    throw error;
  } finally {
    deadline.end();
  }
}

async function admit<T>(
  line: Line,
  context: CallContext,
  spec: CallSpec<T>,
  deadline: Deadline,
): Promise<PortalError | undefined> {
  const { portalId, endpoint } = spec;
  const startedAt = context.clock.monotonic();
  try {
    await line.admit(endpoint, spec, deadline.signal);
    return undefined;
  } catch (error) {
    const refusal = inPortalWords(error, endpoint, deadline);
    const durationMs = Math.round(context.clock.monotonic() - startedAt);
    report(context, { portalId, endpoint, kind: refusal.kind, durationMs });
    return refusal;
  }
}

async function tryOnce<T>(
  line: Line,
  context: CallContext,
  spec: CallSpec<T>,
  deadline: Deadline,
): Promise<Said<T> | PortalError> {
  const { portalId, endpoint } = spec;
  const startedAt = context.clock.monotonic();
  const elapsedMs = () => Math.round(context.clock.monotonic() - startedAt);
  try {
    const answer = await line.transport.send(laneOf(spec), { ...spec, signal: deadline.signal });
    const durationMs = elapsedMs();
    const pauseMs = line.answered(answer);
    if (!isSuccess(answer) && !spec.accept?.(answer))
      throw answerError(answer, spec, context.clock.now(), pauseMs);
    const said = await understand(spec, answer);
    report(context, { portalId, endpoint, status: answer.status, durationMs });
    return { said, durationMs };
  } catch (error) {
    const failure = inPortalWords(error, endpoint, deadline);
    const { status, kind, cause } = failure;
    report(context, { portalId, endpoint, status, kind, cause, durationMs: elapsedMs() });
    return failure;
  }
}

/** What a 2xx says, or what else is accepted. An answer that is not understood may follow on an effect. */
async function understand<T>({ read, endpoint }: CallSpec<T>, answer: Answer): Promise<T> {
  const { status } = answer;
  const foreign = isSuccess(answer) && isHtml(answer);
  const said = foreign ? undefined : await read(answer);
  if (said !== undefined && said !== tooMany) return said;
  const tooLarge = said === tooMany;
  // Somebody has more than anybody has: no trouble of the portal's.
  const cause = foreign ? "another_server" : tooLarge ? undefined : "unexpected_answer";
  throw new PortalError("not_understood", { endpoint, status, cause, tooLarge, sent: "maybe" });
}

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

function laneOf(spec: Pick<Outgoing, "method"> & Turn): Lane {
  if (spec.method === "POST") return "write";
  if (isBulk(spec.priority)) return "bulk";
  return isByHand(spec.priority) ? "revoke" : "read";
}

function isUnavailability(error: PortalError): boolean {
  return error.kind === "unavailable" || error.kind === "timeout";
}

/** An abort of the deadline, met while waiting, as an error of the portal: such a wait has sent nothing. */
function inPortalWords(error: unknown, endpoint: string, deadline: Deadline): PortalError {
  if (error instanceof PortalError) return error;
  if (!deadline.signal.aborted) throw error;
  const kind = deadline.signal.reason === "timeout" ? "timeout" : "aborted";
  return new PortalError(kind, { endpoint, sent: "no" });
}

function backoffMs(count: number): number {
  return Math.random() * Math.min(longestBackoffMs, firstBackoffMs * 2 ** (count - 1));
}

async function pauseBetweenTries(clock: Clock, ms: number, deadline: Deadline, last: PortalError) {
  try {
    await clock.sleep(ms, deadline.signal);
  } catch {
    if (deadline.signal.reason === "timeout") throw last;
    throw new PortalError("aborted", { endpoint: last.endpoint, sent: last.sent });
  }
}

function report(context: CallContext, event: PortalCallEvent): void {
  try {
    context.onCall?.(event);
  } catch {
    // A log that fails must not turn an answer, perhaps a minted token, into an error.
  }
}
