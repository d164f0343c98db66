import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { calls } from "@/tests/support/api-routes";
import { rawBytes, rawRequest } from "@/tests/support/raw-request";
import { patience } from "@/tests/support/size";
import { changesBetween, type RowChange, type StoreView, viewStore } from "@/tests/support/store-rows";
import type { DeskAnswer, DeskClient } from "../../scripts/desk-client";
import { rawBody, runs, text, value } from "./support/fuzz";
import { connectionOf, type Stage, setStage } from "./support/stage";

/*
 * Whatever is sent, the desk answers it or refuses it, and changes nothing but what the sender may change. What an
 * attacker looks for by such noise: a request that ends the process, one that is answered with what went wrong inside,
 * a field that is written though nobody reads it, a row of somebody else's that moves.
 */

let stage: Stage;
let view: StoreView;
let ann: DeskClient;
let own: { connectionId: string; tokenId: string; ownerId: string };
let theirs: { id: string; value: string; operationId: string };

beforeAll(async () => {
  stage = await setStage();
  theirs = await stage.mint();
  view = viewStore(stage.desk);
  ann = await stage.fresh("other");
  const connectionId = await connectionOf(ann);
  const answer = await ann.post(
    "/api/tokens",
    { connectionId, label: "Own" },
    { "Idempotency-Key": "own-token" },
  );
  const { items } = answer.body as { items: [{ id: string }] };
  const row = view
    .read()
    .get("tokens")
    ?.get(JSON.stringify([items[0].id]));
  own = { connectionId, tokenId: items[0].id, ownerId: String(row?.owner_id) };
  for (const client of Object.values(stage.people)) await client.get("/api/tokens");
});
afterAll(async () => {
  view?.close();
  await stage?.desk.stop();
});

/** What refusals leave behind: a record of each, and the count of failed attempts. */
const notes = ["audit", "audit_head", "sign_in_failures"];

/** Whether a row is the sender's own, by whatever column says whose it is. */
function isOwn({ table, row, what }: RowChange): boolean {
  if (table === "audit") return what === "added";
  if (notes.includes(table)) return true;
  const sessions = view.read().get("sessions") ?? new Map();
  const session = sessions.get(JSON.stringify([row.session_id]));
  const whose =
    row.actor_owner_id ?? row.owner_id ?? session?.owner_id ?? (table === "owners" ? row.id : null);
  // Whoever connects another portal user, whose password they know, makes a row for that owner.
  return whose === own.ownerId || (table === "owners" && what === "added");
}

/** Sends something, and holds answer and store against each other. */
async function holds(send: () => Promise<Pick<DeskAnswer, "status" | "text">>): Promise<number> {
  const before = view.read();
  const { status, text: answered } = await send();
  const changes = changesBetween(before, view.read());
  expect(status).toBeLessThan(500);
  if (status >= 400) {
    expect(problem.parse(JSON.parse(answered)).status).toBe(status);
    expect(changes.filter(({ table }) => !notes.includes(table))).toEqual([]);
  }
  expect(changes.filter((change) => !isOwn(change))).toEqual([]);
  return status;
}

/** Signed in again where the noise has signed them out or used their minute up. */
async function stillIn(status: number): Promise<void> {
  if (status === 401 || status === 429 || (await ann.get("/api/session")).status !== 200)
    ann = await stage.fresh("other");
}

const ids = () =>
  fc.constantFrom(
    own.tokenId,
    theirs.id,
    theirs.operationId,
    own.connectionId,
    stage.connectionId,
    stage.sessionId,
    "tok_x",
  );

/** Bodies in the neighbourhood of those that are taken: the right names, now and then with the right values. */
const nearly = () =>
  fc.record(
    {
      connectionId: fc.oneof(ids(), value),
      label: fc.oneof(fc.constant("Name"), text, value),
      count: fc.oneof(fc.constant(1), fc.double(), value),
      tags: fc.oneof(fc.array(text, { maxLength: 25 }), value),
      notes: fc.oneof(text, value),
      expiresAt: fc.oneof(fc.constantFrom("2199-01-01T00:00:00Z", "+275760-09-13T00:00:00Z"), value),
      expiry: fc.oneof(fc.constantFrom("advisory", "enforced"), value),
      ids: fc.oneof(fc.array(ids(), { maxLength: 3 }), value),
      reason: fc.oneof(fc.constantFrom("compromised", "other"), value),
      portal: fc.oneof(fc.constant("sim"), text, value),
      token: fc.oneof(fc.constant(theirs.value), text, value),
      password: fc.oneof(text, value),
      username: fc.oneof(text, value),
      as: fc.oneof(fc.constantFrom("raw", "env"), value),
      protected: fc.oneof(fc.boolean(), value),
      owner_id: text,
      sealed_value: text,
    },
    { requiredKeys: [] },
  );

describe("noise", () => {
  it(
    "in a body never fails, and changes nothing that is not the sender's",
    async () => {
      const bodied = calls.filter(({ method }) => method !== "GET");
      const anyCall = fc.constantFrom(...bodied).chain((call) => ids().map((id) => ({ ...call, id })));
      await fc.assert(
        fc.asyncProperty(anyCall, rawBody(nearly()), text, async ({ path, method, id }, raw, key) => {
          const headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": `fuzz-${Buffer.from(key).toString("base64url").slice(0, 40)}`,
          };
          const where = path.replace(/(tok|con)_a{26}/, id);
          await stillIn(await holds(() => ann.send(where, { method, headers, raw })));
        }),
        runs(250),
      );
    },
    patience(180_000),
  );

  it(
    "in headers never fails, and opens nothing",
    async () => {
      const names = [
        ...[
          "Cookie",
          "Content-Type",
          "Accept",
          "Accept-Encoding",
          "Accept-Language",
          "User-Agent",
          "Referer",
        ],
        ...[
          "X-Forwarded-For",
          "X-Forwarded-Host",
          "X-Forwarded-Proto",
          "Forwarded",
          "X-Real-IP",
          "Via",
          "Origin",
        ],
        ...["If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"],
        ...["Authorization", "X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL", "Idempotency-Key"],
        ...[
          "RSC",
          "Next-Router-State-Tree",
          "Next-Router-Prefetch",
          "Next-Url",
          "Next-Action",
          "X-Nextjs-Data",
        ],
        ...["X-Middleware-Subrequest", "X-Middleware-Prefetch", "X-Invoke-Path", "X-Matched-Path", "X-Nonce"],
        ...[
          "Sec-Fetch-Site",
          "Sec-Fetch-Mode",
          "Sec-Fetch-Dest",
          "Tokendesk-Background",
          "Sec-Purpose",
          "Purpose",
        ],
      ];
      const session = `tokendesk.session-${stage.desk.port}`;
      const content = fc.oneof(
        fc.string({ maxLength: 60 }),
        fc.string({
          unit: fc.integer({ min: 0xa0, max: 0xff }).map((code) => String.fromCharCode(code)),
          maxLength: 20,
        }),
        fc.constantFrom(
          "1",
          "%",
          "null",
          "127.0.0.1",
          "bytes=0-",
          "bytes=9-1,-0",
          "*",
          '"x"',
          "a".repeat(6_000),
        ),
        fc.constantFrom(
          `${session}=x`,
          `${session}.0=x; ${session}.1=y`,
          `${session}=%ff`,
          "__proto__=x",
          "=;=;",
        ),
        fc.json().map((json) => encodeURIComponent(json)),
      );
      const pages = ["/", "/sign-in", "/tokens", "/audit", "/icon.svg", "/nothing"].map((path) => ({
        path,
        method: "GET",
      }));
      const headers = fc.dictionary(fc.constantFrom(...names), content, { minKeys: 1, maxKeys: 6 });
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...calls, ...pages),
          headers,
          fc.boolean(),
          async (call, given, signedIn) => {
            const before = view.read();
            const base = {
              ...(signedIn ? { Cookie: ann.cookieHeader() } : {}),
              Host: `127.0.0.1:${stage.desk.port}`,
            };
            const answer = await rawRequest(stage.desk.port, call.path, {
              method: call.method,
              headers: { ...base, ...given },
            });
            expect(answer.status).toBeLessThan(500);
            if (call.path.startsWith("/api/") && answer.status >= 400) problem.parse(JSON.parse(answer.text));
            expect(answer.headers["x-content-type-options"]).toBe("nosniff");
            if (call.method !== "GET") return;
            // A read may note an export, and what a page's list shows anew; a stranger's may note nothing at all.
            const changes = changesBetween(before, view.read());
            expect(signedIn && !given.Cookie ? changes.filter((change) => !isOwn(change)) : changes).toEqual(
              [],
            );
          },
        ),
        runs(250),
      );
    },
    patience(180_000),
  );

  it(
    "in methods and addresses never fails, and is answered by nobody who should not",
    async () => {
      const piece = fc.oneof(
        fc.constantFrom(
          "api",
          "tokens",
          "session",
          "auth",
          "_next",
          "static",
          "sign-in",
          "audit",
          "..",
          ".",
          "",
        ),
        fc.constantFrom(
          "%",
          "%2",
          "%zz",
          "%00",
          "%2f",
          "%5c",
          "%2e%2e",
          "%c0%af",
          "%ed%a0%80",
          "\\",
          ";x=1",
          "[id]",
        ),
        fc.constantFrom(
          "__proto__",
          "constructor",
          "toString",
          "(desk)",
          "@modal",
          "(.)x",
          "page.js",
          "x.rsc",
          ".env",
        ),
        fc.string({ maxLength: 12 }).map((part) => encodeURIComponent(part.toWellFormed())),
        fc.string({
          unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
          maxLength: 8,
        }),
      );
      const query = fc.oneof(
        fc.constant(""),
        fc.array(piece, { maxLength: 4 }).map((parts) => `?${parts.join("&x=")}`),
      );
      const free = fc
        .tuple(fc.array(piece, { maxLength: 6 }), query)
        .map(([parts, end]) => `/${parts.join("/")}${end}`);
      const known = fc
        .tuple(fc.constantFrom(...calls.map(({ path }) => path)), query)
        .map((parts) => parts.join(""));
      const method = fc.constantFrom(
        ...[
          "GET",
          "HEAD",
          "POST",
          "PUT",
          "PATCH",
          "DELETE",
          "OPTIONS",
          "TRACE",
          "PROPFIND",
          "QUERY",
          "LOCK",
          "M-SEARCH",
        ],
        ...["get", "FOO", "POST /x", "CONNECT"],
      );
      await fc.assert(
        fc.asyncProperty(method, fc.oneof(free, known), fc.boolean(), async (verb, path, signedIn) => {
          const before = view.read();
          const cookie = signedIn ? `Cookie: ${ann.cookieHeader()}\r\nSec-Fetch-Site: same-origin\r\n` : "";
          const head = `${verb} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${stage.desk.port}\r\n${cookie}`;
          const answer = await rawBytes(
            stage.desk.port,
            `${head}Connection: close\r\nContent-Length: 0\r\n\r\n`,
          );
          // A tunnel is refused by closing the connection.
          if (answer === "" && verb === "CONNECT") return;
          const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
          expect(status).toBeGreaterThanOrEqual(200);
          expect(status).toBeLessThan(500);
          expect(answer.toLowerCase()).toContain("x-content-type-options: nosniff");
          const location = /^location: (.*)\r$/im.exec(answer)?.[1];
          if (location) expect(new URL(location, stage.desk.baseUrl).origin).toBe(stage.desk.baseUrl);
          const changes = changesBetween(before, view.read());
          expect(signedIn ? changes.filter((change) => !isOwn(change)) : changes).toEqual([]);
          if (verb === "POST" && signedIn) await stillIn(status);
        }),
        runs(500),
      );
    },
    patience(180_000),
  );
});

it("after all that the desk is as it was: signed in, whole, and small", async () => {
  expect((await stage.people.owner.get("/api/session")).status).toBe(200);
  expect((await stage.people.owner.get("/api/audit/verify")).body).toMatchObject({ ok: true });
  const memory = readFileSync(`/proc/${stage.desk.child.pid}/status`, "utf8");
  expect(Number(/VmRSS:\s+(\d+) kB/.exec(memory)?.[1])).toBeLessThan(700_000);
  expect(stage.desk.output()).not.toMatch(/unhandled|uncaught/i);
});
