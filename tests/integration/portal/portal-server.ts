import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { createPortalClient, type PortalClientOptions } from "@/lib/server/portal/client";

export type Received = { method: string; url: string; headers: IncomingMessage["headers"]; body: string };
export type Handler = (request: Received, response: ServerResponse) => void;

/** A portal of the test's own on loopback, which keeps what it received and answers as the test says. */
export async function startPortal(handler: Handler, tls?: ServerOptions) {
  const received: Received[] = [];
  let answer = handler;
  let waiting: (() => void)[] = [];

  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      answer(one, response);
      for (const go of waiting) go();
      waiting = [];
    });
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);

  return {
    baseUrl: `${tls ? "https" : "http"}://127.0.0.1:${port}/voice/api`,
    port,
    server,
    received,
    answerWith(next: Handler) {
      answer = next;
    },
    /** Resolves when so many requests have arrived in all. */
    async receivedCount(count: number) {
      while (received.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    close,
  };
}

/** A client for one portal, `p`, closed with the test. */
export function clientFor(baseUrl: string, options: Partial<PortalClientOptions> = {}) {
  const client = createPortalClient({
    portals: [{ id: "p", name: "P", baseUrl }],
    callsPerMinute: 1_000,
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

export const respond =
  (
    status: number,
    body = "",
    contentType = "application/json",
    headers: Record<string, string> = {},
  ): Handler =>
  (_request, response) => {
    response.writeHead(status, { "content-type": contentType, ...headers }).end(body);
  };

/** A no in the portal's own shape. */
export const refuse = (status: number): Handler =>
  respond(status, JSON.stringify({ generalMessage: "no", details: "", requestUri: "/x", timestamp: 1 }));

/** Answers with each handler in turn, and with the last one from then on. */
export function inTurn(...handlers: Handler[]): Handler {
  let count = 0;
  return (request, response) => {
    const handler = handlers[Math.min(count, handlers.length - 1)];
    count += 1;
    handler?.(request, response);
  };
}

/** Cuts the connection without a word, as a crash or a firewall does. */
export const reset: Handler = (_request, response) => {
  response.socket?.resetAndDestroy();
};

/** Never answers. */
export const hang: Handler = () => undefined;
