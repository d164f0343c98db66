import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { CallEntry, LoginEntry } from "./call-log";
import type { SimulatorCore } from "./core";
import { passwordMatches, userOfCredential } from "./credentials";
import { loginFields, runEndpoint } from "./endpoints";
import { spoil } from "./fault-replies";
import type { Fault } from "./fault-rules";
import type { CallFaults } from "./faults";
import { type PortalRequest, readPortalRequest } from "./portal-request";
import { type Answer, drip, send } from "./respond";
import { fingerprint } from "./secrets";
import type { Lateness } from "./tokens";
import { findUserByName } from "./users";
import { badRequest, errorReply, PortalError, type Reply } from "./wire";

/** The portal's own HTTP server, not yet listening. Logs every call and puts the faults on it. */
export function createPortalServer(core: SimulatorCore): Server {
  return createServer((request, response) => {
    receive(core, request, response).catch((error: unknown) => {
      // A fault of the simulator itself must look like one, and not like a portal's answer.
      if (!response.headersSent) response.writeHead(500, { "Content-Type": "text/plain" });
      response.end(`simulator: ${error instanceof Error ? error.stack : String(error)}`);
    });
  });
}

async function receive(
  core: SimulatorCore,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let request: PortalRequest | null;
  try {
    request = await readPortalRequest(incoming);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const reply = errorReply(badRequest("The body is too large"), "", core.clock.now());
    return send({ response, noteStatus: () => undefined }, reply);
  }
  if (request === null) return;

  const login = request.endpoint === "login" ? loginEntry(core, request) : null;
  const userName = login === null ? actorName(core, request) : login.userName;
  const faults = core.faults.take(request.endpoint, userName ?? undefined);
  const entry = core.calls.start(callOf(request, userName, login, faults));
  const answer: Answer = { response, noteStatus: (status) => core.calls.finish(entry, status) };
  response.once("close", () => core.calls.finish(entry, null));

  const waitMs = core.options.latencyMs + latencyOf(faults.all, "before");
  if (waitMs > 0) await wait(waitMs, undefined, { ref: false });
  if (faults.spoiling !== undefined) {
    const run = (): Promise<Reply> => perform(core, request, faults.all);
    return spoil(core, request, answer, faults.spoiling, run);
  }
  const reply = await perform(core, request, faults.all);
  const slow = faults.all.find((fault) => fault.kind === "slow-drip");
  if (slow?.kind === "slow-drip") return drip(answer, reply, slow.bytesPerStep, slow.msPerStep);
  send(answer, reply);
}

/** Runs the call and gives its answer, errors included; then waits where a fault says so. */
async function perform(core: SimulatorCore, request: PortalRequest, faults: Fault[]): Promise<Reply> {
  const nowMs = core.clock.now();
  let reply: Reply;
  try {
    const variants = { ...core.options.variants };
    for (const fault of faults) if (fault.kind === "variant") Object.assign(variants, fault.variants);
    const saysFalse = faults.find((fault) => fault.kind === "false");
    const context = { state: core.state, nowMs, variants, late: latenessOf(faults), saysFalse };
    reply = runEndpoint(context, request, (who) => enforceLimit(core, who, nowMs));
    if (request.endpoint !== "list") core.changed();
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    reply = errorReply(error, request.requestUri, nowMs);
  }
  for (const fault of faults) {
    if (fault.kind === "headers") reply = { ...reply, headers: { ...reply.headers, ...fault.headers } };
  }
  const waitMs = latencyOf(faults, "after");
  if (waitMs > 0) await wait(waitMs, undefined, { ref: false });
  return reply;
}

function enforceLimit(core: SimulatorCore, who: string, nowMs: number): void {
  const limit = core.options.rateLimit;
  if (limit === null) return;
  const headers = core.limiter.count(who, nowMs, limit);
  if (headers === undefined) return;
  const details = `The limit is ${limit.perMinute} requests a minute`;
  throw new PortalError(429, "rate.limit.exception", "Too many requests", details, headers);
}

function latencyOf(faults: Fault[], when: "before" | "after"): number {
  let totalMs = 0;
  for (const fault of faults) if (fault.kind === "latency" && fault.when === when) totalMs += fault.ms;
  return totalMs;
}

function latenessOf(faults: Fault[]): Lateness | undefined {
  return faults.find((fault) => fault.kind === "late");
}

function actorName(core: SimulatorCore, request: PortalRequest): string | null {
  if (request.credential === null) return null;
  return userOfCredential(core.state, request.credential, core.clock.now(), false)?.userName ?? null;
}

function loginEntry(core: SimulatorCore, request: PortalRequest): LoginEntry {
  const { userName, password, stayLoggedIn, passwordIn } = loginFields(request);
  const user = userName === null ? undefined : findUserByName(core.state, userName);
  return {
    userName,
    passwordIn,
    passwordMatched: user !== undefined && password !== null && passwordMatches(user, password),
    sentStayLoggedIn: stayLoggedIn !== null,
    stayLoggedIn: stayLoggedIn === "true",
  };
}

function callOf(
  request: PortalRequest,
  userName: string | null,
  login: LoginEntry | null,
  faults: CallFaults,
): Omit<CallEntry, "seq" | "finishedAt" | "status"> {
  return {
    receivedAt: Date.now(),
    method: request.method,
    path: request.maskedUri,
    endpoint: request.endpoint,
    credential: request.credential === null ? null : fingerprint(request.credential),
    credentialIn: request.credentialIn,
    userName,
    target: request.token === null ? null : fingerprint(request.token),
    contentType: request.contentType,
    requestBytes: request.requestBytes,
    faults: faults.all.map((fault) => fault.kind),
    login,
  };
}
