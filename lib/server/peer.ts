import "server-only";
import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { once } from "./runtime";

/*
 * What Next does not let a route do, done where Node's own server announces a request, before Next sees it:
 * the address of the socket is put into a private request header (a route sees no socket, and Next keeps an
 * `X-Forwarded-For` that a client made up), what proxies said is put beside it, and the headers that every answer carries are set, so that Next's own
 * errors and files have them too, and are no larger than a proxy takes.
 */

/** What every answer carries. */
type House = {
  headers: Record<string, string>;
  /** What an answer carries besides where nobody sets it: a redirect of Next's own has neither of them. */
  unlessSet: Record<string, string>;
  /** Told each server once, before its first request is passed on. */
  onServer: (server: Server) => void;
};

type Announced = { request: IncomingMessage; response: ServerResponse; server: Server };

/**
 * The private header's name. It is drawn at each start, so that no client can send it, not even in the moment
 * before the first request is announced to us.
 */
export const peerHeader = (): string =>
  once("peer.header", () => `x-tokendesk-peer-${randomBytes(16).toString("hex")}`);

/**
 * The private headers' names under which a route finds what a proxy in front said. Where none said anything Next makes it up:
 * `http`, and the socket's address.
 */
export const arrivedHeaders = (): Record<(typeof fromProxies)[number], string> =>
  once("peer.arrived", () => {
    const drawn = randomBytes(16).toString("hex");
    return {
      "x-forwarded-proto": `x-tokendesk-proto-${drawn}`,
      "x-forwarded-for": `x-tokendesk-for-${drawn}`,
    };
  });

const fromProxies = ["x-forwarded-proto", "x-forwarded-for"] as const;

/** The servers that took a request so far, and whether they are to end. */
export const serving = (): { servers: Set<Server>; ending: boolean } =>
  once("peer.serving", () => ({ servers: new Set<Server>(), ending: false }));

/** Files with a name for each version of theirs; Next says how long they may be kept, unless somebody did before. */
const builtFiles = "/_next/static/";

/** All the other headers of an answer are some 2 kB. */
const longestLocation = 1_500;

/** Whether a request's target is one of the API. */
export const isApi = (target: string): boolean => /^\/api(?:[/?]|$)/.test(target);

/** Starts stamping requests. Once a process. */
export function watchRequests({ headers, unlessSet, onServer }: House): void {
  const header = peerHeader();
  const arrived = arrivedHeaders();
  const state = serving();
  subscribe("http.server.request.start", (message) => {
    const { request, response, server } = message as Announced;
    if (!state.servers.has(server)) onServer(server);
    state.servers.add(server);
    if (state.ending) response.shouldKeepAlive = false;
    request.headers[header] = request.socket.remoteAddress ?? "";
    for (const name of fromProxies)
      if (request.headers[name] !== undefined) request.headers[arrived[name]] = request.headers[name];
    const { url = "" } = request;
    moderate(response, isApi(url));
    const isBuilt = url.startsWith(builtFiles);
    for (const [name, value] of Object.entries(isBuilt ? headers : { ...unlessSet, ...headers }))
      response.setHeader(name, value);
  });
}

/**
 * What the framework says of an address is kept within what a proxy takes as headers, 4 kB with all the others: one that is
 * too long loses its query, or is the first page's, and none is said twice (`Refresh`, for browsers that know no 308).
 * What no cache may keep, no proxy may change either, but for the API, whose lists it may compress.
 */
function moderate(response: ServerResponse, ofApi: boolean): void {
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) => {
    const text = String(value);
    switch (name.toLowerCase()) {
      case "refresh":
        return response;
      case "location":
        return setHeader(name, shortened(text));
      case "cache-control":
        return setHeader(
          name,
          ofApi || !/no-store(?!.*no-transform)/.test(text) ? value : `${text}, no-transform`,
        );
      default:
        return setHeader(name, value);
    }
  };
}

function shortened(address: string): string {
  if (address.length <= longestLocation) return address;
  const [path = ""] = address.split("?", 1);
  return path.length <= longestLocation ? path : "/";
}
