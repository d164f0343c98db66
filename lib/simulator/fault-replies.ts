import type { SimulatorCore } from "./core";
import type { SpoilingFault } from "./fault-rules";
import type { PortalRequest } from "./portal-request";
import { type Answer, reset, send, sendGzipBomb, sendHalf, sendHuge } from "./respond";
import { errorReply, PortalError, type Reply } from "./wire";

/**
 * Answers a call with a fault. `run` makes the call take effect and gives the true answer; faults with
 * `effect` run it and throw its answer away, the others leave the portal as it was.
 */
export async function spoil(
  core: SimulatorCore,
  request: PortalRequest,
  answer: Answer,
  fault: SpoilingFault,
  run: () => Promise<Reply>,
): Promise<void> {
  switch (fault.kind) {
    case "reset-before":
      return reset(answer);
    case "reset-after":
      await run();
      return reset(answer);
    case "truncated":
      return sendHalf(answer, await run());
    case "hang":
      if (fault.effect) await run();
      return hold(core, answer);
    default:
      if (fault.effect) await run();
      return sendInstead(core, request, answer, fault);
  }
}

type InsteadFault = Extract<SpoilingFault, { kind: "status" | "html" | "redirect" | "huge" | "gzip-bomb" }>;

async function sendInstead(
  core: SimulatorCore,
  request: PortalRequest,
  answer: Answer,
  fault: InsteadFault,
): Promise<void> {
  switch (fault.kind) {
    case "status":
      return send(answer, statusReply(core, request, fault));
    case "html":
      return send(answer, { status: fault.status, contentType: "text/html", headers: {}, body: gatewayPage });
    case "redirect": {
      const headers = { Location: fault.location };
      return send(answer, { status: fault.status, contentType: "", headers, body: "" });
    }
    case "huge":
      return sendHuge(answer, fault.bytes, fault.shape);
    case "gzip-bomb":
      return sendGzipBomb(answer, fault.bytes);
  }
}

const gatewayPage = `<!DOCTYPE html>
<html><head><title>Bad Gateway</title></head>
<body><h1>The server is temporarily unable to service your request</h1><hr></body></html>
`;

function statusReply(
  core: SimulatorCore,
  request: PortalRequest,
  fault: Extract<SpoilingFault, { kind: "status" }>,
): Reply {
  const headers = { ...fault.headers };
  if (fault.retryAfter !== undefined) headers["Retry-After"] = fault.retryAfter;
  if (fault.body !== undefined) {
    return {
      status: fault.status,
      contentType: fault.contentType ?? "application/json",
      headers,
      body: fault.body,
    };
  }
  const error = new PortalError(
    fault.status,
    undefined,
    "The request failed",
    `Status ${fault.status}`,
    headers,
  );
  return errorReply(error, request.requestUri, core.clock.now());
}

/** Keeps the connection open without an answer, until the client goes or someone lets it go. */
function hold(core: SimulatorCore, answer: Answer): void {
  const release = (): void => reset(answer);
  core.held.add(release);
  answer.response.once("close", () => core.held.delete(release));
}
