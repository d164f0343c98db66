import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import { ControlError } from "./control-actions";
import type { Addresses } from "./control-contract";
import { controlRoutes } from "./control-routes";
import type { SimulatorCore } from "./core";
import { readBody } from "./portal-request";

const bodyLimitBytes = 64 * 1024 * 1024;
const loopbackHost = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

/**
 * The control port's HTTP server, not yet listening. It gives out passwords and tokens, so it is for
 * programs on this machine only: it listens on loopback, and refuses what a page in a browser could
 * send (an `Origin`, fetch metadata, or a host name that a stranger points at loopback).
 */
export function createControlServer(core: SimulatorCore, addresses: () => Addresses): Server {
  return createServer((request, response) => {
    receive(core, addresses, request, response).catch((error: unknown) => {
      const { status, reason } = explain(error);
      sendJson(response, status, { error: reason });
    });
  });
}

/** What went wrong, for the person who wrote the test. */
function explain(error: unknown): { status: number; reason: string } {
  if (error instanceof ControlError) return { status: error.status, reason: error.message };
  if (error instanceof z.ZodError) return { status: 400, reason: z.prettifyError(error) };
  return { status: 500, reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

async function receive(
  core: SimulatorCore,
  addresses: () => Addresses,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { headers } = request;
  if (headers.origin !== undefined || headers["sec-fetch-site"] !== undefined) {
    throw new ControlError(403, "The control port does not answer browsers");
  }
  if (!loopbackHost.test(headers.host ?? ""))
    throw new ControlError(421, "The control port answers on loopback only");
  const body = await readBody(request, bodyLimitBytes);
  if (body === null) return;

  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  for (const route of controlRoutes) {
    const match = route.method === request.method ? route.pattern.exec(url.pathname) : null;
    if (match === null) continue;
    const parameter = decodeURIComponent(match[1] ?? "");
    const query = Object.fromEntries(url.searchParams);
    const answer = await route.run(core, { parameter, query, body: parseJson(body), addresses: addresses() });
    return sendJson(response, 200, answer ?? {});
  }
  throw new ControlError(404, `The control port has no ${request.method} ${url.pathname}`);
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new ControlError(400, "The body is not JSON");
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}
