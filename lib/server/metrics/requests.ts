import "server-only";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { newId } from "../crypto";
import { isApi } from "../peer";
import { once } from "../runtime";
import { classOf } from "./count";
import { isMeasured, measuring } from "./current";

/*
 * Requests are measured where Node announces them, so that those are counted too that never reach a route. Which route
 * one reached only that route knows: each request is given a number in a private header, and its route notes itself by it.
 */

type Announced = { request: IncomingMessage; response: ServerResponse; socket: Socket };
type UnderWay = { count: number; routes: Map<string, string | undefined> };

const underWay = (): UnderWay => once("metrics.requests", () => ({ count: 0, routes: new Map() }));

/** Drawn at each start, so that no client can send it (as `peer`'s). */
const numberHeader = (): string => once("metrics.header", () => `x-tokendesk-${newId("req")}`);

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Starts measuring requests. Once a process. */
export function measureRequests(): void {
  const header = numberHeader();
  const state = underWay();
  const endsOf = endsByConnection();
  subscribe("http.server.request.start", (message) => {
    const { request, response, socket } = message as Announced;
    const startedAt = performance.now();
    const { method = "", url = "" } = request;
    state.count += 1;
    const number = String(state.count);
    request.headers[header] = number;
    state.routes.set(number, undefined);
    const ends = endsOf(socket);
    const end = () => {
      if (!ends.delete(end)) return;
      const route = state.routes.get(number) ?? kindOf(url);
      state.routes.delete(number);
      const { instruments } = measuring();
      instruments?.requests.inc({
        route,
        method: methods.includes(method) ? method : "other",
        status: response.writableFinished ? classOf(response.statusCode) : "closed",
      });
      instruments?.requestSeconds.observe({ route }, (performance.now() - startedAt) / 1_000);
    };
    ends.add(end);
    response.once("close", end);
  });
}

/**
 * What ends the requests under way on a connection, for when it closes: an answer that waits behind another one emits nothing
 * then. One listener a connection, however many wait on it.
 */
function endsByConnection(): (socket: Socket) => Set<() => void> {
  const known = new WeakMap<Socket, Set<() => void>>();
  return (socket) => {
    const before = known.get(socket);
    if (before) return before;
    const ends = new Set<() => void>();
    known.set(socket, ends);
    socket.once("close", () => {
      for (const end of ends) end();
    });
    return ends;
  };
}

/** Notes which route a request reached, by the template of its path. */
export function noteRoute(headers: Headers, template: string): void {
  const number = isMeasured() ? headers.get(numberHeader()) : null;
  const { routes } = underWay();
  if (number !== null && routes.has(number)) routes.set(number, template);
}

/** What reached no route: `api` was refused before. The path itself is whatever somebody wrote. */
function kindOf(target: string): "api" | "file" | "page" {
  if (isApi(target)) return "api";
  const [path = ""] = target.split("?", 1);
  return path.startsWith("/_next/") || /\.\w+$/.test(path) ? "file" : "page";
}
