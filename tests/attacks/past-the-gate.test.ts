import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { parseAndValidateFlightRouterState } from "next/dist/server/app-render/parse-and-validate-flight-router-state";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { guard } from "@/lib/server/boot/gate";
import { isRouterTree } from "@/lib/server/boot/router-tree";
import { readEnv } from "@/lib/server/env";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { rawBytes } from "@/tests/support/raw-request";

/*
 * Requests that Node or the framework would take in a way of their own, past what the desk decides: whoever sends them holds
 * connections for good, fills the log, or has everybody wait.
 */

const page = "__PAGE__";
const tree = ["", { children: ["tokens", { children: [page, {}, null, null, 1] }, null, "refetch"] }];
const nested = (levels: number): unknown =>
  levels === 0 ? [page, {}] : ["", { children: nested(levels - 1) }];
/** What the framework itself refuses, and answers with 500. */
const unreadable = [
  "x",
  "%",
  "{}",
  "[]",
  "null",
  '["",{"children":1}]',
  '["",{"__proto__":1}]',
  '["",{},null,"elsewhere"]',
  '[["a","b","x",null],{}]',
  '["",{},null,null,1,"","more"]',
];

describe("whoever asks a built desk", () => {
  let desk: DeskProcess;
  beforeAll(async () => {
    desk = await startDeskProcess();
    await desk.visitor().send("/sign-in");
  });
  afterAll(() => desk?.stop());

  const ask = async (target: string, lines: string[], method = "GET") => {
    const head = [`${method} ${target} HTTP/1.1`, ...lines, "", ""].join("\r\n");
    return (await rawBytes(desk.port, head)).split("\r\n", 1)[0];
  };

  // What the framework takes for an upgrade it neither answers nor closes.
  test.each(["websocket", "h2c", "x"])("to upgrade to %s is answered as without it", async (protocol) => {
    const here = `Host: 127.0.0.1:${desk.port}`;
    const wanted: [target: string, host: string, line: string][] = [
      ["/api/health/live", here, "HTTP/1.1 200 OK"],
      ["/sign-in", here, "HTTP/1.1 200 OK"],
      ["/_next/webpack-hmr", here, "HTTP/1.1 404 Not Found"],
      ["/http://x", here, "HTTP/1.1 308 Permanent Redirect"],
      ["//x", here, "HTTP/1.1 308 Permanent Redirect"],
      ["/_next/webpack-hmr", "Host: evil.example", "HTTP/1.1 307 Temporary Redirect"],
      ["/api/portals", "Host: evil.example", "HTTP/1.1 421 Misdirected Request"],
    ];
    const settings = ["HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA", "Sec-WebSocket-Version: 13"];
    for (const [target, host, line] of wanted) {
      expect([target, await ask(target, [host, "Connection: close"])]).toEqual([target, line]);
      const upgrade = [host, "Connection: Upgrade, close", `Upgrade: ${protocol}`, ...settings];
      expect([target, await ask(target, upgrade)]).toEqual([target, line]);
    }
  });

  test("with what the framework cannot read is answered all the same, and prints nothing", async () => {
    const before = desk.output().length;
    const lines = [`Host: 127.0.0.1:${desk.port}`, "Connection: close"];
    for (const header of [...unreadable, ...unreadable.map(encodeURIComponent)])
      expect(await ask("/sign-in", [...lines, "RSC: 1", `Next-Router-State-Tree: ${header}`])).toMatch(
        / (?:200|307) /,
      );
    // A body that breaks off: nothing of it ever comes.
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      expect(await ask("/tokens", [...lines, "Content-Length: 9"], method)).toMatch(/ 405 /);
    expect(await ask("/sign-in?next=%2Faudit", [...lines, "Content-Length: 9"], "POST")).toMatch(/ 303 /);
    const printed = desk.output().slice(before).split("\n");
    expect(printed.filter((line) => line && !line.startsWith("{"))).toEqual([]);
  });
});

test("whoever sends a router's state has the framework read none that it cannot", () => {
  const next = (header: string) => {
    try {
      return parseAndValidateFlightRouterState(header) !== undefined;
    } catch {
      return false;
    }
  };
  const dynamic = [["id", "x", "ci(..)(..)", null], {}, ["/x", ""], "metadata-only", null, "x"];
  for (const value of [tree, dynamic, nested(3)]) {
    const header = encodeURIComponent(JSON.stringify(value));
    expect([header, isRouterTree(header), next(header)]).toEqual([header, true, true]);
  }
  for (const header of unreadable)
    expect([header, isRouterTree(header), next(header)]).toEqual([header, false, false]);
  for (const header of [nested(50), ["x".repeat(40_000), {}]].map((value) => JSON.stringify(value)))
    expect(isRouterTree(header)).toBe(false);
});

/* Node starts all requests that come in one packet, before it looks at anybody else's. */
describe("whoever sends many requests at once on one connection", () => {
  let server: Server;
  let port: number;
  let begun: { target: string; request: IncomingMessage; response: ServerResponse }[];
  beforeEach(async () => {
    begun = [];
    server = createServer((request, response) => {
      begun.push({ target: request.url ?? "", request, response });
    });
    guard(server, {}, readEnv({ NODE_ENV: "test" }));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const request = (target: string, last = false) =>
    `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n${last ? "Connection: close\r\n" : ""}\r\n`;
  const targets = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`);
  const together = (all: string[]) =>
    all.map((target, index) => request(target, index === all.length - 1)).join("");

  test("has them answered in order, one at a time, and others are answered meanwhile", async () => {
    const all = targets(15);
    const answered = rawBytes(port, together(all));
    await expect.poll(() => begun.length).toBe(1);
    const other = rawBytes(port, request("/other", true));
    await expect.poll(() => begun.map(({ target }) => target)).toEqual(["/0", "/other"]);
    begun.pop()?.response.end("other");
    expect(await other).toContain("other");
    for (const [index, target] of all.entries()) {
      await expect.poll(() => begun.map((one) => one.target)).toEqual(all.slice(0, index + 1));
      begun.at(-1)?.response.end(`<${target}>`);
    }
    expect((await answered).match(/<.*?>/g)).toEqual(all.map((target) => `<${target}>`));
  });

  test("has each body read in its turn, however long it is", async () => {
    const body = "x".repeat(200_000);
    const post = `POST /api/x HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const answered = rawBytes(port, post + post + request("/last", true));
    for (const count of [1, 2]) {
      await expect.poll(() => begun.length).toBe(count);
      expect((await text(begun[count - 1]?.request as IncomingMessage)).length).toBe(body.length);
      begun[count - 1]?.response.end();
    }
    await expect.poll(() => begun.length).toBe(3);
    begun[2]?.response.end("last");
    expect(await answered).toContain("last");
  });

  test("is cut off where they are hundreds, and no second one is begun", async () => {
    expect(await rawBytes(port, together(targets(500)))).toBe("");
    expect(begun.map(({ target }) => target)).toEqual(["/0"]);
  });

  test("and goes away has nothing more begun", async () => {
    const socket = connect(port, "127.0.0.1", () => socket.write(together(targets(5))));
    await expect.poll(() => begun.length).toBe(1);
    const closed = once(begun[0]?.response as ServerResponse, "close");
    socket.destroy();
    await closed;
    // Answered by the desk itself: by then the rest would have begun.
    await rawBytes(port, "GET * HTTP/1.0\r\n\r\n");
    expect(begun.length).toBe(1);
  });
});
