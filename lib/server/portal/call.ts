import "server-only";
import { type Clock, seconds } from "../clock";
import { isUrgent, type Turn } from "./budget";
import { type Deadline, startDeadline } from "./deadline";
import { PortalError, type PortalErrorKind } from "./error";
import type { Answer, Outgoing } from "./exchange";
import type { Line } from "./line";
import { answerError } from "./status-error";
import type { Lane } from "./transport";

/** One finished try, or one that was refused before anything was sent. For counting and logging: it has no secret. */
export type PortalCallEvent = {
  portalId: string;
  endpoint: string;
  status?: number;
  kind?: PortalErrorKind;
  durationMs: number;
};

export type CallContext = { clock: Clock; callMs: number; onCall?: (event: PortalCallEvent) => void };

/** A call as an endpoint describes it. */
export type CallSpec = Omit<Outgoing, "signal"> &
  Turn & {
    portalId: string;
    /** Statuses besides 2xx that are answers to this question, and no errors. */
    accept?: readonly number[];
    signal?: AbortSignal;
  };

/** `durationMs` is that of the try which was answered, without any waiting before it. */
export type TimedAnswer = Answer & {
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
 * Returns the answer when its status is 2xx or accepted. Throws PortalError for everything else; its `sent` speaks for all
 * the tries together.
 */
export async function call(line: Line, context: CallContext, spec: CallSpec): Promise<TimedAnswer> {
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
    if (error === last && last && isUnavailability(last)) line.failed();
    throw error;
  } finally {
    deadline.end();
  }
}

async function admit(
  line: Line,
  context: CallContext,
  spec: CallSpec,
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

async function tryOnce(
  line: Line,
  context: CallContext,
  spec: CallSpec,
  deadline: Deadline,
): Promise<TimedAnswer | PortalError> {
  const { portalId, endpoint } = spec;
  const startedAt = context.clock.monotonic();
  const elapsedMs = () => Math.round(context.clock.monotonic() - startedAt);
  try {
    const answer = await line.transport.send(laneOf(spec), { ...spec, signal: deadline.signal });
    const durationMs = elapsedMs();
    const pauseMs = line.answered(answer);
    if (!isAccepted(answer.status, spec)) throw answerError(answer, endpoint, context.clock.now(), pauseMs);
    report(context, { portalId, endpoint, status: answer.status, durationMs });
    return { ...answer, durationMs };
  } catch (error) {
    const failure = inPortalWords(error, endpoint, deadline);
    const { status, kind } = failure;
    report(context, { portalId, endpoint, status, kind, durationMs: elapsedMs() });
    return failure;
  }
}

function laneOf(spec: CallSpec): Lane {
  if (spec.method === "POST") return "write";
  return isUrgent(spec.priority) ? "revoke" : "read";
}

function isAccepted(status: number, spec: CallSpec): boolean {
  return (status >= 200 && status < 300) || (spec.accept?.includes(status) ?? false);
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
