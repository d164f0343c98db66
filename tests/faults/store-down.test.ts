import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { problem } from "@/lib/contracts/problem";
import type { DeskAnswer, DeskClient } from "../../scripts/desk-client";
import { connectionOf } from "../attacks/support/stage";
import { type DeskProcess, startDeskProcess } from "../support/desk-process";
import { createDatabase } from "../support/postgres";

/* F11: the database goes away under a desk at work, and comes back. Nothing happens that cannot be recorded. */

/** What the desk reaches its database by; pulled, all connections are cut and none is made. */
type Plug = { url: string; pull(): void; put(): void; stop(): void };

async function plugInto(databaseUrl: string): Promise<Plug> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  let pulled = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    if (pulled) near.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: url.href,
    pull() {
      pulled = true;
      cut();
    },
    put() {
      pulled = false;
    },
    stop() {
      cut();
      server.close();
    },
  };
}

let plug: Plug;
let desk: DeskProcess;
let ann: DeskClient;
let connectionId: string;

const mint = (label: string): Promise<DeskAnswer> =>
  ann.post("/api/tokens", { connectionId, label }, { "Idempotency-Key": `key-of-${label}` });
const ready = () => desk.visitor().get("/api/health/ready");
const codeOf = ({ status, body }: DeskAnswer) => [status, problem.parse(body).code];

beforeAll(async () => {
  plug = await plugInto(await createDatabase(inject("postgresUrl")));
  desk = await startDeskProcess({
    env: { DATABASE_URL: plug.url, TOKENDESK_SECRET: "a secret of more than thirty-two characters" },
  });
  ann = await desk.signedIn("ann");
  connectionId = await connectionOf(ann);
});
afterAll(async () => {
  await desk?.stop();
  plug?.stop();
});

test("F11 the store is down: nothing is read, done or opened, and nobody is told that they are signed out", async () => {
  const { items } = (await mint("before")).body as { items: [{ id: string }] };
  const [{ id }] = items;
  await desk.portal.clearCalls();
  plug.pull();
  await expect.poll(async () => (await ready()).status).toBe(503);
  expect((await desk.visitor().get("/api/health/live")).status).toBe(200);
  const unavailable = [503, "store_unavailable"];
  for (const path of ["/api/session", "/api/tokens", `/api/tokens/${id}`, "/api/audit"])
    expect([path, ...codeOf(await ann.get(path))]).toEqual([path, ...unavailable]);
  expect(codeOf(await mint("during"))).toEqual(unavailable);
  expect(codeOf(await ann.post(`/api/tokens/${id}/copy`, {}))).toEqual(unavailable);
  expect(codeOf(await ann.delete(`/api/tokens/${id}`, { reason: "other" }))).toEqual(unavailable);
  const ben = desk.visitor();
  expect(codeOf(await desk.trySignIn(ben, "ben"))).toEqual(unavailable);
  expect([...ben.cookies.keys()].filter((name) => name.includes("session"))).toEqual([]);
  const out = await ann.post("/api/session/sign-out");
  expect(codeOf(out)).toEqual(unavailable);
  expect(out.headers.getSetCookie()).toEqual([]);
  expect(out.headers.has("clear-site-data")).toBe(false);
  expect((await ann.get("/tokens")).status).toBe(500);
  expect(await desk.portal.calls()).toEqual([]);
});

test("F11 the store is back: the desk goes on by itself, with the sessions and the trail that there were", async () => {
  plug.put();
  await expect.poll(async () => (await ready()).status, { timeout: 20_000 }).toBe(200);
  expect((await ann.get("/api/session")).status).toBe(200);
  expect((await mint("after")).status).toBe(201);
  const { items } = (await ann.get("/api/tokens")).body as { items: { label: string | null }[] };
  const labels = items.map(({ label }) => label);
  expect(labels).toEqual(expect.arrayContaining(["before", "after"]));
  expect(labels).not.toContain("during");
  expect((await ann.get("/api/audit/verify")).body).toMatchObject({ ok: true });
});
