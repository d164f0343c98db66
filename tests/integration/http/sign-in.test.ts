import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { rawRequest } from "@/tests/support/raw-request";

/* Signing in, as a form, a foreign page or an attacker does it (security.md C). */

let desk: DeskProcess;
const sessionCookie = () => `tokendesk.session-${desk.port}`;
const callback = "/api/auth/callback/portal";

beforeAll(async () => {
  desk = await startDeskProcess();
});
afterAll(() => desk.stop());

describe("signing in", () => {
  async function post(fields: Record<string, string>, headers: Record<string, string> = {}, path = callback) {
    const client = desk.visitor();
    const { csrfToken } = (await client.get("/api/auth/csrf")).body as { csrfToken: string };
    const raw = new URLSearchParams({ csrfToken, json: "true", ...fields });
    return { client, answer: await client.send(path, { method: "POST", raw, headers }) };
  }
  const ann = () => {
    const { userName, password } = desk.simulator.seed.user("ann");
    return { portal: "sim", username: userName, password };
  };

  // Login CSRF: a page signs its visitor in as the attacker, and reads what they then do there.
  it("without the csrf token of the cookie is refused", async () => {
    for (const csrfToken of [undefined, "", "0".repeat(64)]) {
      const client = desk.visitor();
      await client.get("/api/auth/csrf");
      const fields = { json: "true", ...ann(), ...(csrfToken === undefined ? {} : { csrfToken }) };
      const answer = await client.send(callback, { method: "POST", raw: new URLSearchParams(fields) });
      expect([answer.status, problem.parse(answer.body).code]).toEqual([403, "cross_site"]);
      expect(client.cookies.has(sessionCookie())).toBe(false);
    }
  });

  it("without any cookie is told as that", async () => {
    const fields = { csrfToken: "0".repeat(64), json: "true", ...ann() };
    const answer = await desk.visitor().send(callback, { method: "POST", raw: new URLSearchParams(fields) });
    expect([answer.status, problem.parse(answer.body).code]).toEqual([403, "cookies_missing"]);
  });

  it.each([
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { "Sec-Fetch-Site": "none" },
  ])("from elsewhere is refused: %j", async (headers) => {
    expect((await post(ann(), headers as Record<string, string>)).answer.status).toBe(403);
  });

  it("from another origin is refused", async () => {
    const { cookies } = (await post(ann())).client;
    const answer = await rawRequest(desk.port, callback, {
      method: "POST",
      headers: {
        Origin: "https://evil.example",
        Cookie: [...cookies].map((pair) => pair.join("=")).join("; "),
        "Content-Type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(ann()).toString(),
    });
    expect(answer.status).toBe(403);
  });

  it.each([
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "%2f%2fevil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "/%2fevil.example",
    "/%5cevil.example",
  ])("never leads off the desk: %j", async (callbackUrl) => {
    const { answer } = await post({ ...ann(), callbackUrl });
    expect(new URL((answer.body as { url: string }).url).origin).toBe(desk.baseUrl);
    const { answer: redirected } = await post({ ...ann(), callbackUrl, json: "" });
    expect(redirected.status).toBe(303);
    expect(new URL(redirected.headers.get("location") ?? "", "http://elsewhere").origin).toBe(desk.baseUrl);
  });

  it("leads to a path of the desk where one is asked for", async () => {
    const { answer } = await post({ ...ann(), callbackUrl: "/audit?actor=ann" });
    expect(answer.body).toEqual({ url: `${desk.baseUrl}/audit?actor=ann` });
  });

  it.each([
    ["an unknown field", { role: "admin" }],
    ["two kinds of credential", { apiToken: "x" }],
    ["an unknown portal", { portal: "nowhere" }],
    ["no portal", { portal: "" }],
    ["no password", { password: "" }],
  ])("with %s is 400", async (_name, fields) => {
    const { answer } = await post({ ...ann(), ...fields });
    expect([answer.status, problem.parse(answer.body).code]).toEqual([400, "invalid_input"]);
  });

  it("takes a form and nothing else, of 64 kB at most", async () => {
    const client = desk.visitor();
    expect((await client.post(callback, ann())).status).toBe(415);
    const { answer } = await post({ ...ann(), callbackUrl: "x".repeat(70_000) });
    expect(answer.status).toBe(413);
  });

  // A password passes through unchanged, and leaves no trace but in the portal's own memory (ASVS 6.2.8).
  it("passes the password on as typed, and prints it nowhere", async () => {
    const password = '  pä$$ w&=%00+"<hunter2-canary>  ';
    await desk.portal.addUser({ userName: "odd@demo.example", password });
    const client = desk.visitor();
    const answer = await client.signIn({ portal: "sim", username: "odd@demo.example", password });
    expect(answer.status).toBe(200);
    const [call] = (await desk.portal.calls({ endpoint: "login" })).slice(-1);
    expect(call?.login).toMatchObject({ passwordMatched: true, passwordIn: "body", sentStayLoggedIn: false });
    expect(desk.output()).not.toContain("hunter2-canary");
  });

  it("that fails for whatever reason of the person's has one and the same answer", async () => {
    const { userName } = desk.simulator.seed.user("ben");
    const answers = [
      (await post({ portal: "sim", username: userName, password: "wrong" })).answer,
      (await post({ portal: "sim", username: "nobody@demo.example", password: "wrong" })).answer,
      (await post({ portal: "sim", apiToken: "aws80:00000000-0000-0000-0000-000000000000" })).answer,
    ];
    for (const { status, body } of answers)
      expect({ ...Object(body), instance: "" }).toEqual({
        ...Object(answers[0]?.body),
        status,
        instance: "",
      });
    expect(answers[0]?.status).toBe(401);
    expect(problem.parse(answers[0]?.body).code).toBe("invalid_credentials");
  });

  // The library would put a thrown message into an address; a portal's words could hold anything.
  it("that the portal spoils tells none of the portal's words", async () => {
    const canary = "hunter2-portal-canary";
    for (const status of [400, 401, 403, 404, 418, 500]) {
      await desk.portal.addFault({ endpoint: "login", kind: "status", status, body: canary });
      const { answer } = await post({ ...ann(), username: `x${status}@demo.example` });
      expect(answer.text).not.toContain(canary);
      expect([...answer.headers.values()].join()).not.toContain(canary);
      problem.parse(answer.body);
    }
    expect(desk.output()).not.toContain(canary);
  });

  it("too often with a wrong password is 429 with the time to wait, and other people are not held up", async () => {
    const { userName } = desk.simulator.seed.user("cleo");
    const statuses = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      // Each try claims another address: without a trusted proxy that is only a claim.
      const headers = { "X-Forwarded-For": `198.51.100.${attempt}` };
      const { answer } = await post({ portal: "sim", username: userName, password: "wrong" }, headers);
      statuses.push(answer.status);
      if (answer.status === 429) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect((await post(ann())).answer.status).toBe(200);
  });
});
