import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { calls } from "@/tests/support/api-routes";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import type { DeskClient } from "../../../scripts/desk-client";

let desk: DeskProcess;
let lead: DeskClient;

beforeAll(async () => {
  desk = await startDeskProcess();
  lead = await desk.signedIn("leadSales");
});
afterAll(() => desk.stop());

const json = { "Content-Type": "application/json" };
const kib = 1024;
const identify = (raw: string | ReadableStream, headers: Record<string, string> = json) =>
  lead.send("/api/tokens/identify", { method: "POST", headers, raw });

describe("a body", () => {
  it("of 64 kB is read", async () => {
    const filled = JSON.stringify({ token: randomUUID() }).padEnd(64 * kib, " ");
    expect((await identify(filled)).status).toBe(200);
  });

  it("of a byte more is 413", async () => {
    const answer = await identify(JSON.stringify({ token: "x" }).padEnd(64 * kib + 1, " "));
    expect(answer.status).toBe(413);
    expect(problem.parse(answer.body).code).toBe("too_large");
  });

  // Counted while it is read: a stream tells no length beforehand, and a length can lie.
  it("that comes in pieces without a length is counted too", async () => {
    const { status } = await sendPieces(Buffer.alloc(16 * kib, "x"), 100);
    expect(status).toBe(413);
    expect((await lead.get("/api/session")).status).toBe(200);
  });

  it.each(["{", "", "{'token':1}", '{"token":"x"}garbage'])("that is not JSON is 400: %j", async (raw) => {
    const answer = await identify(raw);
    expect([answer.status, problem.parse(answer.body).code]).toEqual([400, "bad_request"]);
  });

  it("with an unknown key is 400, and does nothing", async () => {
    const answer = await identify(JSON.stringify({ token: "x", debug: true }));
    expect([answer.status, problem.parse(answer.body).code]).toEqual([400, "invalid_input"]);
  });

  it("where none is expected is 400", async () => {
    const answer = await lead.post("/api/session/sign-out", { everywhere: true });
    expect(answer.status).toBe(400);
    expect((await lead.get("/api/session")).status).toBe(200);
  });
});

it("an unknown parameter of a query is 400", async () => {
  for (const { path } of calls.filter(({ method, session }) => method === "GET" && session)) {
    const answer = await lead.get(`${path}?debug=1`);
    expect([path, answer.status]).toEqual([path, 400]);
  }
});

it("a token in a query is 400, and the answer does not repeat it", async () => {
  for (const path of ["/api/tokens?q=", "/api/audit?actor=", "/api/audit/export?format=csv&actor="]) {
    const answer = await lead.get(`${path}aws80:c2353445-bc74-af1a-2850-1d55a371c0a9`);
    expect([answer.status, problem.parse(answer.body).code]).toEqual([400, "token_in_query"]);
    expect(answer.text).not.toContain("c2353445");
  }
});

// The framework would read it, and print the address past our own log: whoever pasted a token into one had it there.
it("a body that is sent to a page is refused unread, and nothing is printed of either", async () => {
  const path = "/aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
  const { status } = await lead.send(path, { method: "POST", headers: json, raw: "x".repeat(200 * kib) });
  expect(status).toBe(405);
  const printed = desk.output().length;
  expect((await desk.visitor().get("/api/session")).status).toBe(401);
  await expect.poll(() => desk.output().slice(printed)).toContain('"msg":"refused"');
  expect(desk.output()).not.toContain("c2353445");
  expect(
    desk
      .output()
      .split("\n")
      .filter((line) => line && !line.startsWith("{")),
  ).toEqual([]);
});

// Whatever JSON somebody sends: a refusal or an answer, never a failure of the desk, never a broken process.
it("no JSON at all makes the desk fail", async () => {
  const bodied = calls.filter(({ method, path }) => method !== "GET" && !/sign-out|unseal|csp/.test(path));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...bodied), fc.json({ maxDepth: 3 }), async ({ path, method }, raw) => {
      const headers = { ...json, "Idempotency-Key": "fuzz-fuzz-fuzz" };
      const answer = await lead.send(path, { method, headers, raw });
      expect(answer.status).toBeLessThan(500);
      if (answer.status >= 400) problem.parse(answer.body);
    }),
    { numRuns: 150 },
  );
  expect((await lead.get("/api/session")).status).toBe(200);
}, 60_000);

/** Sends a chunked body until the desk answers, whatever it says. */
function sendPieces(piece: Buffer, most: number): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const socket = connect(desk.port, "127.0.0.1");
    let sent = 0;
    const next = () => {
      if (socket.destroyed || sent >= most) return;
      sent += 1;
      socket.write(`${piece.length.toString(16)}\r\n`);
      socket.write(piece);
      socket.write("\r\n", () => setImmediate(next));
    };
    socket.once("data", (data: Buffer) => {
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString("latin1"))?.[1]) });
      socket.destroy();
    });
    socket.once("error", reject);
    socket.write(
      `POST /api/tokens/identify HTTP/1.1\r\nHost: 127.0.0.1:${desk.port}\r\nCookie: ${lead.cookieHeader()}\r\n` +
        "Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    next();
  });
}
