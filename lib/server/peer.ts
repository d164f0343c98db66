import "server-only";
import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { once } from "./runtime";

/*
 * What Next does not let a route do, done where Node's own server announces a request, before Next sees it:
 * the address of the socket is put into a private request header (a route sees no socket, and Next keeps an
 * `X-Forwarded-For` that a client made up), and the headers that every answer carries are set, so that Next's own
 * errors and files have them too.
 */

/** What every answer carries, and the desk's own address. */
type House = {
  headers: Record<string, string>;
  /** What an answer carries besides where nobody sets it: a redirect of Next's own has neither of them. */
  unlessSet: Record<string, string>;
  home: URL;
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

/** The servers that took a request so far, and whether they are to end. */
export const serving = (): { servers: Set<Server>; ending: boolean } =>
  once("peer.serving", () => ({ servers: new Set<Server>(), ending: false }));

/** Files with a name for each version of theirs; Next says how long they may be kept, unless somebody did before. */
const builtFiles = "/_next/static/";

/** Starts stamping requests. Once a process. */
export function watchRequests({ headers, unlessSet, home, onServer }: House): void {
  const header = peerHeader();
  const state = serving();
  subscribe("http.server.request.start", (message) => {
    const { request, response, server } = message as Announced;
    if (!state.servers.has(server)) onServer(server);
    state.servers.add(server);
    if (state.ending) response.shouldKeepAlive = false;
    request.headers[header] = request.socket.remoteAddress ?? "";
    const isBuilt = request.url?.startsWith(builtFiles);
    for (const [name, value] of Object.entries(isBuilt ? headers : { ...unlessSet, ...headers }))
      response.setHeader(name, value);
    if (request.headers.host?.toLowerCase() !== home.host) leadHome(response, home);
  });
}

/**
 * Next makes an address relative that it takes for its own, and a browser under another host name would stay there
 * and be redirected for ever. Under another name, every relative address is one of the desk's own.
 */
function leadHome(response: ServerResponse, home: URL): void {
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) => {
    const relative = name.toLowerCase() === "location" && String(value).startsWith("/");
    return setHeader(name, relative ? `${home.origin}${value}` : value);
  };
}
