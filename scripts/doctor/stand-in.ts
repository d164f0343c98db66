import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { cookieName } from "@/lib/server/auth/cookies";
import { newId } from "@/lib/server/crypto";
import { problemResponse } from "@/lib/server/http/problem";
import { probeHeader, seenOf } from "@/lib/server/http/signed-probe";
import { baseHeaders, documentPolicy } from "@/lib/shared/security-headers";
import type { DeskAddress } from "../desk-address";
import type { Probe } from "./judge-front";
import { standsIn } from "./running";

/** Listens in the place of a desk that does not run. */
export type StandIn = { close(): Promise<void> };

/**
 * Answers at the desk's own address, for as long as it takes to ask through the proxy in front. Whoever else comes meanwhile is
 * told that there is no desk.
 * @param probe what the doctor's own requests have in their header, and what they are told by.
 * @throws Error with the system's code where it cannot listen.
 */
export async function standIn({ env, host, port }: DeskAddress, { value, word }: Probe): Promise<StandIn> {
  const server = createServer((request, response) => {
    const { headers, method, socket, url = "" } = request;
    if (headers[probeHeader] !== value)
      return void response
        .writeHead(503, { "Retry-After": 5, "Cache-Control": "no-store", [probeHeader]: standsIn })
        .end();
    for (const [name, value] of Object.entries(baseHeaders(env.hsts))) response.setHeader(name, value);
    const header = (name: string) => headers[name]?.toString();
    const isHttps = env.url.protocol === "https:";
    if (method === "POST") return void refuse(request, response);
    if (url.startsWith("/sign-in")) return answerDocument(response, isHttps);
    if (url.startsWith("/api/auth/"))
      response.setHeader(
        "Set-Cookie",
        `${cookieName(env, "csrf")}=1; Path=/; HttpOnly; SameSite=Lax${isHttps ? "; Secure" : ""}`,
      );
    response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" });
    response.end(JSON.stringify({ ok: true, seen: seenOf(header, socket.remoteAddress ?? "", env, word) }));
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

/** As the desk refuses what is no form of its own. */
async function refuse({ headers }: IncomingMessage, response: ServerResponse): Promise<void> {
  const isOwn = headers["sec-fetch-site"] === "same-origin";
  const problem = problemResponse(isOwn ? "unsupported_media_type" : "cross_site", newId("req"));
  response.writeHead(problem.status, Object.fromEntries(problem.headers));
  response.end(await problem.text());
}

/** As large, and as a proxy may take it, as a page of the desk's. */
function answerDocument(response: ServerResponse, https: boolean): void {
  response.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store, no-transform",
    "Content-Security-Policy": documentPolicy("none", { https }),
  });
  response.end(
    `<!doctype html><title>Tokendesk</title><p>${"The doctor looks at the proxy in front. ".repeat(100)}</p>`,
  );
}
