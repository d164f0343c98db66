import "server-only";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ProblemCode } from "@/lib/contracts/problem";
import { newId } from "../crypto";
import { problemResponse } from "../http/problem";
import { answerAsStandby, standby } from "./standby";

/*
 * What would make Next answer a bare 500, or anything but what the desk answers, is refused before Next sees it:
 * methods that nobody listed, targets that are no path of ours, paths that cannot be decoded. What Node itself refuses,
 * since it is not HTTP, gets the headers of every answer here.
 */

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Next's file server answers 500 where one of these cannot be met. Our files are small: they are sent whole. */
const partial = ["range", "if-range", "if-match", "if-unmodified-since"];

const longestTarget = 8 * 1024;
const mostParameters = 50;

/** Stands between a server and what listens to its requests. Once a server. */
export function guard(server: Server, headers: Record<string, string>): void {
  const listeners = server.listeners("request");
  const answering = new WeakMap<Socket, ServerResponse>();
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    // Reset right behind its request: nobody reads an answer, and what was done would have been done from nowhere.
    if (request.socket.remoteAddress === undefined) return void request.socket.destroy();
    answering.set(request.socket, response);
    // An idle connection would hold its last answer.
    response.once(
      "close",
      () => answering.get(request.socket) === response && answering.delete(request.socket),
    );
    if (standby().waiting) return void answerAsStandby(request, response);
    const code = unfit(request);
    if (code) return void refuse(response, code);
    for (const name of partial) delete request.headers[name];
    for (const listener of listeners) listener.call(server, request, response);
  });
  server.on("clientError", (error: Error, socket: Socket) => {
    const { headersSent = false, writableFinished = true } = answering.get(socket) ?? {};
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
function unfit({ method = "", url = "" }: IncomingMessage): ProblemCode | undefined {
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

async function refuse(response: ServerResponse, code: ProblemCode): Promise<void> {
  const allow = code === "method_not_allowed" ? { Allow: methods.join(", ") } : undefined;
  const problem = problemResponse(code, newId("req"), {}, allow);
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
