import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import type { SessionList } from "@/lib/contracts/sessions";
import { ageSession } from "@/tests/e2e/support/store";
import { calls } from "@/tests/support/api-routes";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import type { DeskClient } from "../../../scripts/desk-client";

/* How sessions end: by hand, from elsewhere, by themselves; and what is said when they cannot (security.md B). */

let desk: DeskProcess;

beforeAll(async () => {
  desk = await startDeskProcess();
});
afterAll(() => desk.stop());

const sessionsOf = async (client: DeskClient) =>
  ((await client.get("/api/sessions")).body as SessionList).items;
const currentOf = async (client: DeskClient) => (await sessionsOf(client)).find(({ current }) => current)?.id;
const codeOf = async (client: DeskClient, headers: Record<string, string> = {}) => {
  const { status, body } = await client.send("/api/session", { headers });
  return status === 200 ? "ok" : problem.parse(body).code;
};

describe("ending a session from another browser", () => {
  // Whoever finds that somebody else sits in their session has no minute to wait.
  it("takes effect at the very next call, on every route", async () => {
    const here = await desk.signedIn("ann");
    const there = await desk.signedIn("ann");
    expect(await codeOf(there)).toBe("ok");
    const began = performance.now();
    expect((await here.delete(`/api/sessions/${await currentOf(there)}`)).status).toBe(204);
    expect(await codeOf(there)).toBe("session_ended");
    expect(performance.now() - began).toBeLessThan(1_000);
    for (const { path, method } of calls.filter(({ session }) => session)) {
      const { status, body } = await there.send(path, { method });
      expect([path, status, problem.parse(body).code]).toEqual([path, 401, "session_ended"]);
    }
    expect((await there.get("/api/auth/session")).body).toEqual({});
    for (const path of ["/tokens", "/audit", "/sessions"]) {
      const { status, headers } = await there.get(path);
      expect(status).toBe(307);
      expect(headers.get("location")).toMatch(/^\/sign-in(\?next=|$)/);
    }
    expect(await codeOf(here)).toBe("ok");
  });

  it("may be all of the others at once, and the one that asks", async () => {
    const [here, second, third] = await Promise.all([1, 2, 3].map(() => desk.signedIn("ben")));
    if (!here || !second || !third) throw new Error("three people were wanted");
    const answer = await here.post("/api/sessions/end-others");
    expect([answer.status, answer.body]).toEqual([200, { ended: 2 }]);
    expect([await codeOf(second), await codeOf(third)]).toEqual(["session_ended", "session_ended"]);
    expect((await here.delete(`/api/sessions/${await currentOf(here)}`)).status).toBe(204);
    expect(await codeOf(here)).toBe("session_ended");
  });

  it("names the browser by words of ours, whatever it calls itself", async () => {
    const { userName: username, password } = desk.simulator.seed.user("cleo");
    const client = desk.visitor();
    const agent = `<b>Firefox/132</b> Windows NT ${"x".repeat(5_000)}`;
    await client.signIn({ portal: "sim", username, password }, { "User-Agent": agent });
    const answer = await client.get("/api/sessions");
    expect((answer.body as SessionList).items[0]?.device).toEqual({
      name: "Firefox 132 on Windows",
      kind: "computer",
    });
    expect(answer.text).not.toMatch(/<b>|xxx/);
  });
});

describe("a session that is left alone", () => {
  const background = { "Tokendesk-Background": "1" };
  const userName = "api-crm@demo.example";

  it("ends after half an hour, though its cookie is good for twelve", async () => {
    const client = await desk.signedIn("apiCrm");
    ageSession(desk, userName, 31);
    expect(await codeOf(client)).toBe("session_ended");
    expect(client.cookies.size).toBeGreaterThan(0);
  });

  // A tab that polls is nobody sitting there: it would keep the desk open for whoever comes by.
  it("is not kept by what its tab asks by itself; it is by what a person asks", async () => {
    const polling = await desk.signedIn("apiCrm");
    ageSession(desk, userName, 29);
    expect(await codeOf(polling, background)).toBe("ok");
    ageSession(desk, userName, 2);
    expect(await codeOf(polling, background)).toBe("session_ended");

    const used = await desk.signedIn("apiCrm");
    ageSession(desk, userName, 29);
    expect(await codeOf(used)).toBe("ok");
    ageSession(desk, userName, 2);
    expect(await codeOf(used, background)).toBe("ok");
  });

  it("ends twelve hours after it began, however busy", async () => {
    const client = await desk.signedIn("leadSales");
    const store = new Database(join(desk.dataDir, "tokendesk.db"), { timeout: 5_000 });
    const id = (await currentOf(client)) ?? "";
    const back = (ms: number) =>
      store.prepare("update sessions set expires_at = expires_at - ? where id = ?").run(ms, id);
    back(12 * 3_600_000 - 60_000);
    expect(await codeOf(client)).toBe("ok");
    back(61_000);
    expect(await codeOf(client)).toBe("session_ended");
    store.close();
  });
});

// Whoever is told "signed out" walks away from the computer.
it("signing out that cannot be done is never called done", async () => {
  const client = await desk.signedIn("ann");
  const id = await currentOf(client);
  const store = new Database(join(desk.dataDir, "tokendesk.db"), { timeout: 5_000 });
  store.exec("begin immediate");
  const answers = await Promise.all([
    client.post("/api/session/sign-out"),
    client.delete(`/api/sessions/${id}`),
    client.post("/api/sessions/end-others"),
  ]);
  store.exec("rollback");
  store.close();
  for (const { status, body, headers } of answers) {
    expect([status, problem.parse(body).code]).toEqual([503, "store_unavailable"]);
    expect(headers.get("clear-site-data")).toBeNull();
    expect(headers.getSetCookie()).toEqual([]);
  }
  expect(await codeOf(client)).toBe("ok");
  expect((await client.post("/api/session/sign-out")).status).toBe(204);
  expect(await codeOf(client)).toBe("unauthorized");
});
