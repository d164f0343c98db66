import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { patience } from "@/tests/support/size";
import { runs, text, value } from "./support/fuzz";
import { type HostileDesk, type Spoil, startHostileDesk } from "./support/hostile-portal";
import { askings } from "./support/portal-calls";

/*
 * Whatever a portal answers, the desk lives, answers in its own words, and what it keeps stays whole. An attacker who can
 * make a portal say things (a gateway, a proxy, a user's name) would like to stop the desk, or to have it believe them.
 */

let hostile: HostileDesk;
const canary = "hunter2-portal-canary";

beforeAll(async () => {
  hostile = await startHostileDesk();
});
afterAll(() => hostile?.stop());

/** Shapes in the neighbourhood of the true ones, with anything in the place of anything. */
const user = fc.record(
  {
    userId: fc.oneof(fc.integer(), fc.double(), text, value),
    userName: fc.oneof(text, value),
    firstName: fc.oneof(text, value),
    enabled: fc.oneof(fc.boolean(), value),
    roles: fc.oneof(fc.array(fc.oneof(fc.constant("SUPER_USER"), value), { maxLength: 4 }), value),
    children: fc.oneof(fc.array(value, { maxLength: 3 }), value),
    parentPath: fc.oneof(text, value),
  },
  { requiredKeys: [] },
);
const json = fc.oneof(
  value,
  fc.array(fc.oneof(text, value), { maxLength: 20 }),
  fc.array(user, { maxLength: 5 }),
  fc.record(
    { authToken: fc.oneof(text, value), user: fc.oneof(user, value), accounts: value },
    { requiredKeys: [] },
  ),
  fc.constantFrom(true, false, "true", "aws80:00000000-0000-4000-8000-000000000000"),
);
const body: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 5, arbitrary: json.map((one) => Buffer.from(JSON.stringify(one) ?? "")) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: text.map((one) => Buffer.from(one)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...["<html>", "[".repeat(9_000), '"', "null", ""].map((one) => Buffer.from(one)),
    ),
  },
  // As many different short strings as a list may be long: each would become a row.
  {
    weight: 1,
    arbitrary: fc.constant(Buffer.from(JSON.stringify(Array.from({ length: 5_000 }, (_, at) => `t${at}`)))),
  },
);
const headerValue = fc.constantFrom(
  "x",
  "0",
  "-1",
  "99999999999999999999",
  "gzip",
  "identity",
  "chunked",
  `a${canary}`,
);
const answer = fc.record({
  // 429 would be obeyed, and hold back all that follows; it has its own tests.
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(200, 201, 204) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 429 && status !== 408),
    },
  ),
  type: fc.constantFrom(
    "application/json",
    "text/plain",
    "text/html",
    "application/octet-stream",
    "",
    "x/y; charset=x",
  ),
  headers: fc.dictionary(
    fc.constantFrom(
      "X-Canary",
      "Location",
      "Set-Cookie",
      "Retry-After",
      "Content-Encoding",
      "Connection",
      "Warning",
    ),
    headerValue,
    { maxKeys: 3 },
  ),
  body,
  zipped: fc.boolean(),
  cutAfter: fc.option(fc.nat({ max: 200 }), { freq: 4 }),
});

type Answer = typeof answer extends fc.Arbitrary<infer T> ? T : never;

const spoilWith =
  ({ status, type, headers, body: bytes, zipped, cutAfter }: Answer): Spoil =>
  (response) => {
    const sent = zipped && headers["Content-Encoding"] === "gzip" ? gzipSync(bytes) : bytes;
    const { "Retry-After": retryAfter, ...others } = headers;
    response.writeHead(status, {
      "Content-Type": type,
      ...others,
      ...(retryAfter === undefined || status >= 500 ? {} : { "Retry-After": retryAfter }),
    });
    if (cutAfter === null) return void response.end(status === 204 || status === 304 ? undefined : sent);
    response.write(sent.subarray(0, cutAfter), () => response.socket?.destroy());
  };

it(
  "arbitrary answers of a portal never stop the desk, and are never passed on",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...askings), answer, async (asking, spoilt) => {
        const ask = await asking.prepare(hostile.desk);
        hostile.portal.spoil(asking.call, spoilWith(spoilt));
        const { status, text: answered } = await ask();
        hostile.portal.behave();
        expect([200, 201, 202, 401, 403, 404, 409, 422, 502, 503, 504]).toContain(status);
        if (status < 400) return;
        const { code } = problem.parse(JSON.parse(answered));
        expect(code).not.toBe("internal");
        expect(answered).not.toContain(canary);
      }),
      runs(150),
    );
  },
  patience(240_000),
);

it("after all that the desk lives, is whole, small, and has printed none of it", async () => {
  const client = hostile.desk.visitor();
  await expect
    .poll(async () => (await hostile.desk.trySignIn(client, "ann")).status, { timeout: 30_000 })
    .toBe(200);
  expect((await client.get("/api/audit/verify")).body).toMatchObject({ ok: true });
  const output = hostile.desk.output();
  expect(output).not.toContain(canary);
  expect(output).not.toMatch(/unhandled|uncaught|a mint met a bug/i);
  expect(output).not.toMatch(/"msg":"internal"/);
  const memory = readFileSync(`/proc/${hostile.desk.child.pid}/status`, "utf8");
  expect(Number(/VmRSS:\s+(\d+) kB/.exec(memory)?.[1])).toBeLessThan(700_000);
});
