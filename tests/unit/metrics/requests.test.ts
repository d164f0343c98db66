import { channel } from "node:diagnostics_channel";
import { EventEmitter, once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { measuring } from "@/lib/server/metrics/current";
import { makeInstruments } from "@/lib/server/metrics/instruments";
import { measureRequests, noteRoute } from "@/lib/server/metrics/requests";
import { forget, once as theOne } from "@/lib/server/runtime";

/** The samples of a metric as they are told. */
async function samples(name: string): Promise<string[]> {
  const text = (await measuring().instruments?.registry.metrics()) ?? "";
  return text.split("\n").filter((line) => line.startsWith(`tokendesk_${name}`));
}

const begin = () => {
  measuring().instruments = makeInstruments("1.2.3");
};
const end = () => forget("metrics");

measureRequests();
afterAll(() => forget("metrics.requests"));

describe("requests", () => {
  const announced = channel("http.server.request.start");
  beforeEach(begin);
  afterEach(end);

  /** A request as Node announces it. */
  function ask(method: string, url: string) {
    const request = { method, url, headers: {} as Record<string, string> };
    const response = Object.assign(new EventEmitter(), { statusCode: 200, writableFinished: true });
    announced.publish({ request, response, socket: new EventEmitter() });
    return { headers: new Headers(request.headers), response };
  }

  test("are counted under the template that their route notes, and never under their path", async () => {
    const { headers, response } = ask("PATCH", "/api/tokens/tok_canary?x=canary");
    noteRoute(headers, "/api/tokens/[id]");
    response.statusCode = 404;
    response.emit("close");
    expect(await samples("http_requests_total")).toEqual([
      'tokendesk_http_requests_total{route="/api/tokens/[id]",method="PATCH",status="4xx"} 1',
    ]);
    expect((await samples("http_request_duration_seconds_count"))[0]).toContain(
      '{route="/api/tokens/[id]"} 1',
    );
  });

  test.each([
    ["GET", "/tokens/canary?next=canary.css", "page", "GET"],
    ["GET", "/_next/static/canary", "file", "GET"],
    ["GET", "/icon.svg?canary", "file", "GET"],
    ["POST", "/api/canary", "api", "POST"],
    ["CANARY", "*", "page", "other"],
  ])("that reach no route are of a kind: %s %s", async (method, url, route, counted) => {
    ask(method, url).response.emit("close");
    expect(await samples("http_requests_total")).toEqual([
      `tokendesk_http_requests_total{route="${route}",method="${counted}",status="2xx"} 1`,
    ]);
  });

  test("whose caller left are told apart", async () => {
    const { response } = ask("GET", "/tokens");
    response.writableFinished = false;
    response.emit("close");
    expect(await samples("http_requests_total")).toEqual([
      'tokendesk_http_requests_total{route="page",method="GET",status="closed"} 1',
    ]);
  });

  // Its name is drawn at each start; what somebody guesses all the same must not name the next request's route.
  test("have no route by a number that nobody gave", async () => {
    const { headers, response } = ask("GET", "/tokens");
    const [name = ""] = [...headers.keys()];
    noteRoute(new Headers({ [name]: "999" }), "/api/nowhere");
    noteRoute(new Headers(), "/api/nowhere");
    response.emit("close");
    expect((await samples("http_requests_total")).join()).not.toContain("nowhere");
  });
});

/*
 * Many in one packet, and then nothing: Node announces them all, and tells of those that wait for their turn no more. What is kept
 * of each is kept until the process has no memory left, and no limit of requests counts them.
 */
describe("requests that came together on a connection", () => {
  const many = 500;
  let server: Server;
  let sockets: Socket[];
  let answer: RequestListener;
  beforeEach(async () => {
    begin();
    sockets = [];
    server = createServer((request, response) => answer(request, response));
    server.on("connection", (socket) => sockets.push(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    end();
  });

  const kept = () => theOne("metrics.requests", () => ({ routes: new Map() })).routes.size;
  const inOnePacket = (count: number) => "GET /api/x HTTP/1.1\r\nHost: desk\r\n\r\n".repeat(count);
  const send = (count: number) => {
    const { port } = server.address() as AddressInfo;
    const client = connect(port, "127.0.0.1", () => client.write(inOnePacket(count)));
    return client.resume();
  };
  const counted = async () => {
    const all = (await samples("http_requests_total")).map((line) => /status="(\w+)"} (\d+)$/.exec(line));
    return Object.fromEntries(all.map((found) => [found?.[1], Number(found?.[2])]));
  };

  test("are let go of with it, and counted once each, with one listener for all of them", async () => {
    let begun = 0;
    answer = () => {
      begun += 1;
    };
    const listeners = () => sockets[0]?.listenerCount("close") ?? 0;
    const client = send(1);
    await expect.poll(() => begun).toBe(1);
    const alone = listeners();
    client.write(inOnePacket(many - 1));
    await expect.poll(() => begun).toBe(many);
    expect([kept(), listeners()]).toEqual([many, alone]);
    client.destroy();
    await expect.poll(kept).toBe(0);
    expect(await counted()).toEqual({ closed: many });
  });

  test("are counted by their answers as far as they had one, whatever ends the connection", async () => {
    answer = (request, response) => {
      response.statusCode = 404;
      response.shouldKeepAlive = answered < 7;
      answered += 1;
      response.end(request.url);
    };
    let answered = 0;
    await once(send(many), "close");
    await expect.poll(kept).toBe(0);
    const { closed = 0, "4xx": told = 0 } = await counted();
    expect([told, closed + told]).toEqual([8, many]);
  });

  test("are let go of one by one where each is answered, on a connection that stays", async () => {
    answer = (_request, response) => response.end();
    const client = send(20);
    await expect.poll(counted).toEqual({ "2xx": 20 });
    expect([kept(), client.destroyed]).toEqual([0, false]);
    const closed = once(sockets[0] as Socket, "close");
    client.destroy();
    await closed;
    expect(await counted()).toEqual({ "2xx": 20 });
  });
});
