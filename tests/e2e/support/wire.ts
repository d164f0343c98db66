import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/*
 * The wire between a test's browser and the desk: a forward proxy that the browser is told to use. It sees every byte
 * that the browser is sent, whatever the browser makes of it: documents, payloads, files, redirects, headers. What is
 * meant for any other host is refused and noted, so a page that calls somebody else fails its test.
 */

/** One request of the browser's and what it was answered. */
export type Exchange = {
  method: string;
  /** The whole address. */
  url: string;
  path: string;
  requestHeaders: string;
  requestBody: string;
  status: number;
  /** As they were sent: names and values, cookies too. */
  headers: string;
  body: string;
};

export type Wire = {
  /** The proxy's own address, for the browser. */
  url: string;
  /** In the order in which they were answered in full. */
  exchanges: Exchange[];
  /** What was asked of anybody but the desk. */
  strangers: string[];
  stop(): Promise<void>;
};

/** Chromium asks its maker about every form that it meets; no page has a part in that. It is refused all the same. */
const browsersOwn = "content-autofill.googleapis.com:443";

/** Starts one in front of the desk at `deskUrl`. */
export async function startWire(deskUrl: string): Promise<Wire> {
  const exchanges: Exchange[] = [];
  const strangers: string[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? "", deskUrl);
    if (url.origin === deskUrl) return void passOn(incoming, outgoing, { url, agent, exchanges });
    strangers.push(url.href);
    outgoing.writeHead(403).end();
  });
  server.on("connect", (incoming, socket) => {
    if (incoming.url !== browsersOwn) strangers.push(`https://${incoming.url}`);
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    strangers,
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

type Way = { url: URL; agent: Agent; exchanges: Exchange[] };

async function passOn(incoming: IncomingMessage, outgoing: ServerResponse, way: Way): Promise<void> {
  const { url, agent, exchanges } = way;
  const { "proxy-connection": _, ...headers } = incoming.headers;
  const sent: Buffer[] = [];
  try {
    for await (const chunk of incoming) sent.push(chunk);
    const call = request(url, {
      method: incoming.method,
      // Uncompressed, so that what is searched is what was sent.
      headers: { ...headers, "accept-encoding": "identity" },
      agent,
    });
    outgoing.on("close", () => outgoing.writableFinished || call.destroy());
    call.end(Buffer.concat(sent));
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
    const got: Buffer[] = [];
    for await (const chunk of answer) {
      got.push(chunk);
      outgoing.write(chunk);
    }
    exchanges.push({
      method: incoming.method ?? "",
      url: url.href,
      path: url.pathname,
      requestHeaders: inLines(incoming.rawHeaders),
      requestBody: Buffer.concat(sent).toString("utf8"),
      status: answer.statusCode ?? 0,
      headers: inLines(answer.rawHeaders),
      body: Buffer.concat(got).toString("utf8"),
    });
    outgoing.end();
  } catch {
    // The browser has gone on to another page, or the desk has stopped.
    outgoing.destroy();
  }
}

function inLines(raw: string[]): string {
  const lines: string[] = [];
  for (let at = 0; at < raw.length; at += 2) lines.push(`${raw[at]}: ${raw[at + 1]}`);
  return lines.join("\n");
}
