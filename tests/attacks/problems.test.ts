import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ProblemCode, problem } from "@/lib/contracts/problem";
import { rawRequest } from "@/tests/support/raw-request";
import type { DeskAnswer, DeskClient } from "../../scripts/desk-client";
import { addPerson } from "../e2e/support/people";
import { type HostileDesk, type Spoil, startHostileDesk } from "./support/hostile-portal";
import { connectionOf } from "./support/stage";

/*
 * Every kind of refusal and failure, provoked. What an attacker reads in an error: a stack, a query, a portal's own words,
 * which part is broken, whether what they guessed exists. All that they get is a code, our words and a request's id.
 */

const canary = "hunter2-portal-canary";
const speaks =
  (status: number): Spoil =>
  (response) =>
    void response.writeHead(status, { "Content-Type": "text/html" }).end(`<p>${canary} at db.c:42`);
const hangs: Spoil = () => {};
const list = /^GET .*\/admin\/token/;

let hostile: HostileDesk;
let ann: DeskClient;
let ben: DeskClient;
let connectionId: string;
let gone: string;

const mint = (label: string, key = `key-of-${label}`): Promise<DeskAnswer> =>
  ann.post("/api/tokens", { connectionId, label }, { "Idempotency-Key": key });
const minted = async (label: string) => ((await mint(label)).body as { items: [{ id: string }] }).items[0].id;

beforeAll(async () => {
  hostile = await startHostileDesk({ env: { TOKENDESK_ADMINS: "sim:ben@demo.example" } });
  ann = await hostile.desk.signedIn("ann");
  ben = await hostile.desk.signedIn("ben");
  connectionId = await connectionOf(ann);
  await minted("kept");
  gone = await minted("gone");
  await ann.delete(`/api/tokens/${gone}`, { reason: "other" });
});
afterAll(() => hostile?.stop());

/** Asks while the portal answers these calls otherwise. */
async function whileSpoilt(calls: RegExp, spoil: Spoil, ask: () => Promise<DeskAnswer>): Promise<DeskAnswer> {
  hostile.portal.spoilt.length = 0;
  hostile.portal.spoil(calls, spoil);
  return ask().finally(() => hostile.portal.behave());
}

const raw = async (path: string, headers: Record<string, string>) => {
  const { status, headers: given, text } = await rawRequest(hostile.desk.port, path, { headers });
  return { status, text, headers: new Headers({ "content-type": String(given["content-type"]) }) };
};

type Answer = Pick<DeskAnswer, "status" | "text" | "headers">;
const identify = "/api/tokens/identify";
const json = { "Content-Type": "application/json" };

const provoked: [status: number, code: ProblemCode, ask: () => Promise<Answer>][] = [
  [400, "bad_request", () => ann.send(identify, { method: "POST", headers: json, raw: "{" })],
  [400, "invalid_input", () => ann.post(identify, { token: "x", [canary]: canary })],
  [400, "token_in_query", () => ann.get("/api/tokens?q=aws80:00000000-0000-0000-0000-000000000000")],
  [400, "idempotency_key_missing", () => ann.post("/api/tokens", { connectionId, label: "x" })],
  [401, "unauthorized", () => hostile.desk.visitor().get("/api/session")],
  [401, "invalid_credentials", () => hostile.desk.trySignIn(hostile.desk.visitor(), "cleo", canary)],
  [403, "cross_site", () => ann.send("/api/tokens", { headers: { "Sec-Fetch-Site": "cross-site" } })],
  [404, "not_found", () => ann.get(`/api/tokens/${canary}`)],
  [405, "method_not_allowed", () => ann.delete("/api/portals")],
  [410, "value_erased", () => ann.post(`/api/tokens/${gone}/copy`, {})],
  [413, "too_large", () => ann.post(identify, { token: canary.repeat(5_000) })],
  [415, "unsupported_media_type", () => ann.send(identify, { method: "POST", raw: canary })],
  [421, "misdirected", () => raw("/api/portals", { Host: `${canary}.example` })],
  [422, "idempotency_key_reused", () => mint("another", "key-of-kept")],
  [502, "portal_not_understood", () => whileSpoilt(list, speaks(200), () => mint("misunderstood"))],
  [
    409,
    "request_in_flight",
    () => {
      const held: ServerResponse[] = [];
      return whileSpoilt(
        list,
        (response) => void held.push(response),
        async () => {
          const first = mint("slow");
          await expect.poll(() => held.length).toBe(1);
          const second = await mint("slow");
          held[0]?.writeHead(418).end();
          expect((await first).status).toBe(502);
          return second;
        },
      );
    },
  ],
  [503, "portal_unavailable", () => whileSpoilt(/./, speaks(503), () => mint("unavailable"))],
  [
    429,
    "too_many_requests",
    async () => {
      for (;;) {
        const answer = await ann.post("/api/csp-report", []);
        if (answer.status === 429) return answer;
      }
    },
  ],
];

function expectProblem(answer: Answer, status: number, code: ProblemCode): void {
  expect([answer.status, problem.parse(JSON.parse(answer.text)).code]).toEqual([status, code]);
  const document = problem.parse(JSON.parse(answer.text));
  expect(document.status).toBe(status);
  expect(document.instance).toMatch(/^req_[a-z2-7]{26}$/);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.text).not.toMatch(/hunter2|sqlite|select |\bat \S+:\d|\.[jt]s\b|node_modules/i);
}

describe("an error is a problem document that says nothing of the inside", () => {
  it.each(provoked)("%i %s", async (status, code, ask) => expectProblem(await ask(), status, code), 30_000);
});

it("50 people wait for a hung portal at once: all are answered within 15 s, and it costs no memory", async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => addPerson(hostile.desk)));
  await expect
    .poll(async () => (await hostile.desk.trySignIn(hostile.desk.visitor(), "ann")).status, {
      timeout: 30_000,
    })
    .toBe(200);
  const clients: DeskClient[] = [];
  for (const { userName: username, password } of people) {
    const client = hostile.desk.visitor();
    await client.signIn({ portal: "sim", username, password });
    clients.push(client);
  }
  hostile.portal.spoil(/./, hangs);
  const begun = performance.now();
  const asks = clients.flatMap((client) => [
    ...Array.from({ length: 5 }, () => () => client.get("/api/tokens")),
    ...people.map(
      ({ userName: username, password }) =>
        () =>
          hostile.desk.visitor().signIn({ portal: "sim", username, password }),
    ),
  ]);
  expect(asks).toHaveLength(50);
  const answers = await Promise.all(
    asks.map(async (ask) => ({ ...(await ask()), after: performance.now() - begun })),
  );
  hostile.portal.behave();
  expect(Math.max(...answers.map(({ after }) => after))).toBeLessThan(15_000);
  for (const { status } of answers) expect([200, 503, 504]).toContain(status);
  const [late] = answers.filter(({ status }) => status === 504);
  if (late) expectProblem(late, 504, "portal_timeout");
  expect(late).toBeDefined();
  const memory = readFileSync(`/proc/${hostile.desk.child.pid}/status`, "utf8");
  expect(Number(/VmRSS:\s+(\d+) kB/.exec(memory)?.[1])).toBeLessThan(500_000);
}, 90_000);

describe("while a part of the store is broken", () => {
  const change = (sql: string) => {
    const database = new Database(join(hostile.desk.dataDir, "tokendesk.db"), { timeout: 5_000 });
    database.exec(sql);
    database.close();
  };

  it("500 internal", async () => {
    change("alter table operations rename to operations_away");
    const answer = await ann.get(`/api/operations/op_${"a".repeat(26)}`);
    change("alter table operations_away rename to operations");
    expectProblem(answer, 500, "internal");
  });

  // Which part is broken tells an attacker what to push next.
  it.each([
    ["audit", "delete from audit_head", ""],
    ["store, audit", "alter table meta rename to meta_away", "alter table meta_away rename to meta"],
  ])("only an admin is told which: %s", async (part, harm, mend) => {
    change(harm);
    const answers = await Promise.all(
      [ben, ann, hostile.desk.visitor()].map((client) => client.get("/api/health/ready")),
    );
    if (mend) change(mend);
    for (const answer of answers) expectProblem(answer, 503, "store_unavailable");
    const [admin, ...others] = answers.map(({ body }) => problem.parse(body).detail);
    expect(admin).toBe(`Failing: ${part}.`);
    expect(others).toEqual([undefined, undefined]);
  });
});
