import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { probeHeader, seenOf } from "@/lib/server/http/signed-probe";
import { baseHeaders, documentPolicy } from "@/lib/shared/security-headers";
import type { DeskAddress } from "../desk-address";

/** Listens in the place of a desk that does not run. */
export type StandIn = { close(): Promise<void> };

const cookieName = "tokendesk-doctor";

/**
 * Answers at the desk's own address, for as long as it takes to ask through the proxy in front. Whoever else comes meanwhile is
 * told that there is no desk.
 * @param word what the doctor's own requests have in their header.
 */
export async function standIn({ env, host, port }: DeskAddress, word: string): Promise<StandIn> {
  const server = createServer((request, response) => {
    const { headers, socket, url = "" } = request;
    if (headers[probeHeader] !== word)
      return void response.writeHead(503, { "Retry-After": 5, "Cache-Control": "no-store" }).end();
    for (const [name, value] of Object.entries(baseHeaders(env.hsts))) response.setHeader(name, value);
    const header = (name: string) => headers[name]?.toString();
    if (url.startsWith("/sign-in")) return answerDocument(response);
    if (url.startsWith("/api/auth/"))
      response.setHeader("Set-Cookie", `${cookieName}=1; Path=/; HttpOnly; Max-Age=1`);
    response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" });
    response.end(JSON.stringify({ ok: true, seen: seenOf(header, socket.remoteAddress ?? "", env.proxies) }));
  });
  await once(server.listen(port, host), "listening");
  return {
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** As large, and as a proxy may take it, as a page of the desk's. */
function answerDocument(response: ServerResponse): void {
  response.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "Content-Security-Policy": documentPolicy("none", { development: false, https: true }),
  });
  response.end(
    `<!doctype html><title>Tokendesk</title><p>${"The doctor looks at the proxy in front. ".repeat(100)}</p>`,
  );
}
