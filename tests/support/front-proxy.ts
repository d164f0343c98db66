import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  request,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/* A reverse proxy as stands in front of a desk, with what such proxies do to requests and answers by default or by mistake. */

type FrontProxyOptions = {
  /** The desk's own port. */
  to: number;
  /** Where it listens itself; else the system says. */
  port?: number;
  /** What it passes on in the place of the request's own headers: nginx puts its upstream's name into `Host`. */
  headers?: Record<string, string>;
  /** Headers of the request's that it passes on to nobody. */
  drops?: string[];
  /** `name:password` that it asks a browser for, by Basic authentication. */
  credentials?: string;
  /** Cookies of the desk's whose names have this in them do not get through to the browser. */
  withholds?: string;
  /** It leads everybody there instead of passing anything on. */
  leadsTo?: string;
  /** It answers some requests itself, with this status: what it knows no way for, or a firewall's rules refuse. */
  answersItself?: (request: IncomingMessage) => number | undefined;
  /** What it makes of the headers of an answer. */
  changes?: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders;
  /** It keeps the answer to each path, whatever was in the query, and gives it to whoever comes next. */
  keeps?: boolean;
  /** With these it speaks TLS. */
  tls?: { key: string; cert: string };
};

export type FrontProxy = { port: number; stop(): Promise<void> };

export async function startFrontProxy(options: FrontProxyOptions): Promise<FrontProxy> {
  const { to, port = 0, credentials, withholds, leadsTo, tls, changes = (headers) => headers } = options;
  const kept = new Map<string, Buffer>();
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
  const listener: RequestListener = (incoming, outgoing) => {
    if (wanted && incoming.headers.authorization !== wanted)
      return void outgoing.writeHead(401, { "WWW-Authenticate": 'Basic realm="front"' }).end();
    if (leadsTo) return void outgoing.writeHead(302, { Location: leadsTo + incoming.url }).end();
    const status = options.answersItself?.(incoming);
    if (status) return void outgoing.writeHead(status).end();
    const key = incoming.url?.split("?", 1)[0] ?? "";
    const known = kept.get(key);
    if (known) return void outgoing.writeHead(200).end(known);
    const call = request(
      {
        host: "127.0.0.1",
        port: to,
        method: incoming.method,
        path: incoming.url,
        headers: { ...without(incoming.headers, options.drops), ...options.headers },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, changes(passedOn(answer.headers, withholds)));
        if (options.keeps) answer.on("data", (chunk: Buffer) => kept.set(key, chunk));
        answer.pipe(outgoing);
      },
    );
    call.on("error", () => outgoing.destroy());
    outgoing.on("close", () => call.destroy());
    incoming.pipe(call);
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const without = (headers: IncomingHttpHeaders, names: string[] = []): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));

function passedOn(
  { "set-cookie": cookies, ...headers }: IncomingHttpHeaders,
  withholds: string | undefined,
): OutgoingHttpHeaders {
  const kept = cookies?.filter((line) => !withholds || !line.split("=", 1)[0]?.includes(withholds));
  return { ...headers, ...(kept?.length ? { "set-cookie": kept } : {}) };
}
