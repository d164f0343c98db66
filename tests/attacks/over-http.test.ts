import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { engines } from "@/tests/support/desk";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { createDatabase } from "@/tests/support/postgres";
import type { DeskClient } from "../../scripts/desk-client";
import { connectionOf, sessionOf } from "./support/stage";

/*
 * The doors of the other files once more, as an attacker has them: the built desk over HTTP, with its own worker, its
 * own budget of calls and its own time.
 */
describe.each(engines)("over HTTP, on %s,", (engine) => {
  let desk: DeskProcess;
  beforeAll(async () => {
    const onPostgres = engine === "postgres" && {
      DATABASE_URL: await createDatabase(inject("postgresUrl")),
      TOKENDESK_SECRET: randomBytes(32).toString("base64url"),
    };
    desk = await startDeskProcess({
      env: { TOKENDESK_PORTAL_CALLS_PER_MINUTE: "100", ...(onPostgres || {}) },
    });
  });
  afterAll(() => desk?.stop());

  const crm = "api-crm@demo.example";
  const mint = async (client: DeskClient, label: string) => {
    const input = { connectionId: await connectionOf(client), label };
    const answer = await client.post("/api/tokens", input, { "Idempotency-Key": randomUUID() });
    return (answer.body as { items: [{ id: string }] }).items[0].id;
  };
  const newestValue = async () => (await desk.portal.user(crm)).tokens.at(-1) ?? "";
  const withToken = async (apiToken: string) => {
    const client = desk.visitor();
    expect((await client.signIn({ portal: "sim", apiToken })).status).toBe(200);
    return client;
  };
  type Answer = { operationId: string; state: string };

  test("nothing is left of a session that was opened with a token, in the moment in which it is proven dead", async () => {
    const first = await desk.signedIn("apiCrm");
    const sibling = await mint(first, "Sibling");
    const leaked = await mint(first, "Leaked");
    const thief = await withToken(await newestValue());
    const owner = await desk.signedIn("apiCrm");
    expect((await thief.get("/api/tokens")).status).toBe(200);
    const answer = await owner.delete(`/api/tokens/${leaked}`, { reason: "compromised" });
    expect(answer.status).toBe(200);

    const tries = await Promise.all([
      thief.post(`/api/tokens/${sibling}/copy`, {}),
      thief.patch(`/api/tokens/${sibling}`, { label: "Renamed" }),
      thief.post(`/api/tokens/${sibling}/unseal`),
      thief.get("/api/audit"),
      thief.get("/api/tokens"),
      thief.delete(`/api/sessions/${await sessionOf(owner)}`),
      thief.post("/api/sessions/end-others"),
      thief.get("/tokens"),
    ]);
    expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401, 401, 307]);
    expect((await owner.get("/api/session")).status).toBe(200);
  });

  // The request was let in while the session was good; its body comes when the token is dead.
  test("a body that comes slowly acts by no session that has ended meanwhile", async () => {
    const owner = await desk.signedIn("apiCrm");
    const sibling = await mint(owner, "Sibling of a slow one");
    const leaked = await mint(owner, "Leaked slowly");
    const thief = await withToken(await newestValue());
    const begin = (method: string, path: string, body: string) => {
      const sent = request(desk.baseUrl + path, {
        method,
        headers: {
          Cookie: thief.cookieHeader(),
          "Sec-Fetch-Site": "same-origin",
          "Content-Type": "application/json",
          "Content-Length": String(body.length),
        },
      });
      const status = once(sent, "response").then(([answer]) => (answer as IncomingMessage).statusCode);
      sent.write(body.slice(0, 1));
      return { status, finish: () => sent.end(body.slice(1)) };
    };
    const slow = [
      begin("POST", "/api/sessions/end-others", "{}"),
      begin("PATCH", `/api/tokens/${sibling}`, JSON.stringify({ label: "Renamed by the thief" })),
      begin("POST", `/api/tokens/${sibling}/unseal`, "{}"),
      begin("DELETE", `/api/tokens/${sibling}`, JSON.stringify({ reason: "other" })),
    ];
    // So late that whoever was let in is looked at again.
    await setTimeout(1_100);
    expect((await owner.delete(`/api/tokens/${leaked}`, { reason: "compromised" })).status).toBe(200);
    for (const { finish } of slow) finish();
    expect(await Promise.all(slow.map(({ status }) => status))).toEqual([401, 401, 401, 401]);
    expect((await owner.get(`/api/tokens/${sibling}`)).body).toMatchObject({
      status: "active",
      sealed: true,
    });
  });

  test("a stranger's revocation keeps the owner's from nothing", async () => {
    const owner = await desk.signedIn("apiCrm");
    const id = await mint(owner, "Wanted");
    const value = await newestValue();
    const stranger = await desk.signedIn("ann");
    await desk.portal.addFault({
      endpoint: "revoke",
      kind: "status",
      status: 404,
      count: null,
      userName: "ann@demo.example",
    });
    const paste = { portal: "sim", token: value, reason: "other" };
    expect((await stranger.post("/api/tokens/revoke-by-value", paste)).status).toBe(404);
    expect((await owner.get(`/api/tokens/${id}`)).body).toMatchObject({ status: "active" });
    const { status, body } = await owner.delete(`/api/tokens/${id}`, { reason: "compromised" });
    expect(status).toBe(200);
    const { operationId } = body as Answer;
    expect((await owner.get(`/api/operations/${operationId}`)).body).toMatchObject({ state: "done" });
    await desk.portal.clearFaults();
  });

  test("two hundred values that nobody knows keep an owner's revocation waiting for no second", async () => {
    const owner = await desk.signedIn("apiCrm");
    const id = await mint(owner, "Leaked too");
    const hog = await desk.signedIn("cleo");
    const statuses: number[] = [];
    // Fifty at a time: two hundred at the same moment are as slow as whatever else the machine does, and nobody waits for them.
    for (let wave = 0; wave < 4; wave += 1) {
      const asked = Array.from({ length: 50 }, () =>
        hog.post("/api/tokens/revoke-by-value", {
          portal: "sim",
          token: `aws80:${randomUUID()}`,
          reason: "other",
        }),
      );
      statuses.push(...(await Promise.all(asked)).map(({ status }) => status));
    }
    expect(new Set(statuses)).toEqual(new Set([404, 202]));
    expect(statuses.filter((status) => status === 404).length).toBeLessThanOrEqual(5);
    const answer = await owner.delete(`/api/tokens/${id}`, { reason: "compromised" });
    // And not 202, "it is taken and waits".
    expect(answer.status).toBe(200);
  });
});
