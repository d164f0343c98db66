import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";

/* The part of next-auth that the world sees: three reads and one callback (security.md 20 and 33). */

let desk: DeskProcess;

beforeAll(async () => {
  desk = await startDeskProcess();
});
afterAll(() => desk.stop());

describe("next-auth's surface", () => {
  it("tells the session's name and end, and no more", async () => {
    const client = await desk.signedIn("ann");
    const { body } = await client.get("/api/auth/session");
    expect(body).toEqual({ user: { name: "Ann Weber" }, expires: expect.any(String) });
  });

  // A client could write `role: admin` into its own session, were the library's "update" heard.
  it("takes no update of a session", async () => {
    const client = await desk.signedIn("ann");
    const { csrfToken } = (await client.get("/api/auth/csrf")).body as { csrfToken: string };
    const before = (await client.get("/api/session")).body;
    const update = { csrfToken, data: { role: "admin", sid: "x", admin: true } };
    expect((await client.post("/api/auth/session", update)).status).toBe(404);
    expect((await client.get("/api/session")).body).toMatchObject({
      admin: false,
      user: Object(before).user,
    });
  });

  it.each([
    ["POST", "_log"],
    ["GET", "signin"],
    ["POST", "signin/portal"],
    ["GET", "signout"],
    ["POST", "signout"],
    ["GET", "error?error=x"],
    ["GET", "verify-request"],
    ["GET", "callback/portal?username=hunter2-canary&password=hunter2-canary"],
    ["POST", "callback/other"],
    ["POST", "callback/portal/x"],
    ["POST", "csrf"],
    ["PUT", "session"],
    ["DELETE", "session"],
    ["GET", "toString"],
  ])("%s %s is 404", async (method, action) => {
    const client = await desk.signedIn("ann");
    const raw =
      method === "GET" ? undefined : new URLSearchParams({ level: "error", code: "hunter2-canary" });
    const answer = await client.send(`/api/auth/${action}`, { method, raw });
    expect([answer.status, problem.parse(answer.body).code]).toEqual([404, "not_found"]);
    expect(desk.output()).not.toContain("hunter2-canary");
  });
});
