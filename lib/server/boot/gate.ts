import "server-only";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ProblemCode } from "@/lib/contracts/problem";
import { minutes, seconds } from "../clock";
import { newId } from "../crypto";
import type { Env } from "../env";
import type { ErrorFacts } from "../errors";
import { problemResponse } from "../http/problem";
import { isApi } from "../peer";
import { astray, leadHome, unmarked } from "./arrival";
import { isRouterTree } from "./router-tree";
import { answerAsStandby, standby } from "./standby";
import { inTurn } from "./turns";

/*
 * What would make Next answer a bare 500, or anything but what the desk answers, is refused before Next sees it:
 * methods that nobody listed, targets that are no path of ours, paths that cannot be decoded, documents that are asked to
 * do something. Those that are asked for elsewhere are led home. What Node itself refuses, since it is not HTTP, gets the
 * headers of every answer here.
 */

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const reading = ["GET", "HEAD"];

/** Next's file server answers 500 where one of these cannot be met. Our files are small: they are sent whole. */
const partial = ["range", "if-range", "if-match", "if-unmodified-since"];

const routerTree = "next-router-state-tree";

const longestTarget = 8 * 1024;
const mostParameters = 50;

/** An answer that nobody reads on is not held for longer; the slowest one keeps its reader waiting for 15 s. */
const silenceMs = minutes(2);

/** Stands between a server and what listens to its requests. Once a server. */
export function guard(server: Server, headers: Record<string, string>, env: Env): void {
  // Longer than proxies keep an idle connection to what is behind them: the one that closes must be the one that sends, or a
  // request meets a connection that is just being closed, and nobody knows what became of it.
  server.keepAliveTimeout = seconds(env.keepAliveSeconds);
  const listeners = server.listeners("request");
  const { take, answering } = inTurn((request, response) => {
    // Reset right behind its request: nobody reads an answer, and what was done would have been done from nowhere.
    if (request.socket.remoteAddress === undefined) return void request.socket.destroy();
    request.socket.setTimeout(silenceMs);
    if (standby().waiting) return void answerAsStandby(request, response, env);
    const code = unfit(request);
    if (code) return void refuse(response, code);
    if (refuseAstray(request, response, env) || refuseDoing(request, response, env)) return;
    for (const name of partial) delete request.headers[name];
    const { [routerTree]: tree } = request.headers;
    if (tree && !isRouterTree(String(tree))) delete request.headers[routerTree];
    for (const listener of listeners) listener.call(server, request, response);
  });
  server.removeAllListeners("request");
  server.on("request", take);
  server.on("clientError", (error: Error, socket: Socket) => {
    const { headersSent = false, writableFinished = true } = answering(socket) ?? {};
    // In the middle of an answer nothing more can be said.
    if (!socket.writable || (headersSent && !writableFinished)) return void socket.destroy();
    const lines = Object.entries(headers).map((pair) => pair.join(": "));
    socket.end(
      [`HTTP/1.1 ${statusLine(error)}`, ...lines, "Content-Length: 0", "Connection: close", "", ""].join(
        "\r\n",
      ),
    );
  });
}

/** Why a request is not for us; undefined where it is. */
function unfit({ method = "", url: target = "" }: IncomingMessage): ProblemCode | undefined {
  const url = unmarked(target);
  if (!methods.includes(method)) return "method_not_allowed";
  // `http://elsewhere/…` and `*` are for proxies.
  if (!url.startsWith("/")) return "bad_request";
  // Next reads each parameter by going through all of them; no address of ours has more than a few.
  if (url.length > longestTarget || url.split("&", mostParameters + 1).length > mostParameters)
    return "bad_request";
  try {
    decodeURIComponent(url.split("?", 1)[0] ?? "");
    return undefined;
  } catch {
    return "not_found";
  }
}

/**
 * Answers what is asked for elsewhere than at home. Of the API that is what would be done by http; which host it names, its
 * own edge asks (`http/admission`), since a probe may name any.
 */
function refuseAstray(request: IncomingMessage, response: ServerResponse, env: Env): boolean {
  const { method = "", url = "" } = request;
  if (!isApi(url) && reading.includes(method)) return leadHome(request, response, env);
  const found = astray(request, env);
  const isOpen = isApi(url) && ([...reading, "OPTIONS"].includes(method) || found?.header === "Host");
  if (!found || isOpen) return false;
  refuse(response, "misdirected", {
    detail: `The ${found.header} header is not that of the desk's own address: what stands in front has to pass it on.`,
  });
  return true;
}

/**
 * Answers what would have a document do something: pages are read, and nothing else; Next would render them for any method. The
 * sign-in form, sent before its script ran, is led back to itself.
 */
function refuseDoing(request: IncomingMessage, response: ServerResponse, env: Env): boolean {
  const { method = "", url = "", headers } = request;
  if (isApi(url) || reading.includes(method) || isForDevelopers(url)) return false;
  const kept = unmarked(url);
  const isForm = method === "POST" && /^\/sign-in(?:\?|$)/.test(kept) && !("next-action" in headers);
  if (isForm) response.writeHead(303, { Location: env.url.origin + kept, "Cache-Control": "no-store" }).end();
  else refuse(response, "method_not_allowed", {}, reading);
  return true;
}

/** `next dev` is told of errors there. */
const isForDevelopers = (url: string): boolean =>
  process.env.NODE_ENV === "development" && /^\/_(?:_nextjs|next\/)/.test(url);

async function refuse(
  response: ServerResponse,
  code: ProblemCode,
  facts?: ErrorFacts,
  allowed = methods,
): Promise<void> {
  const allow = code === "method_not_allowed" ? { Allow: allowed.join(", ") } : undefined;
  const problem = problemResponse(code, newId("req"), facts, allow);
  response.writeHead(problem.status, Object.fromEntries(problem.headers));
  response.end(await problem.text());
}

/** As Node would have answered it. */
function statusLine(error: Error): string {
  const code = "code" in error ? error.code : "";
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return "413 Payload Too Large";
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? "408 Request Timeout" : "400 Bad Request";
}
