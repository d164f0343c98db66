import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { apiRoutes, calls } from "@/tests/support/api-routes";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { rawRequest } from "@/tests/support/raw-request";
import { changesBetween, viewStore } from "@/tests/support/store-rows";
import type { DeskClient } from "../../scripts/desk-client";
import { pageFolders } from "./support/matrix";

/*
 * What a page of somebody else's can have a victim's browser send: with the session's cookie, but never with our own
 * origin. None of it may reach a use case, let alone the portal.
 */

let desk: DeskProcess;
let lead: DeskClient;
let portalCalls: number;

beforeAll(async () => {
  desk = await startDeskProcess();
  lead = await desk.signedIn("leadSales");
  portalCalls = await asked();
});
/** How often the portal was asked for anything but who the lead is and whom they lead, as their own requests have it asked. */
const asked = async () =>
  (await desk.portal.calls()).filter(({ endpoint }) => !["who", "users"].includes(endpoint)).length;
afterAll(() => desk.stop());

const foreign: [name: string, headers: Record<string, string>][] = [
  ["another site", { "Sec-Fetch-Site": "cross-site" }],
  ["another host of the same site", { "Sec-Fetch-Site": "same-site" }],
  ["no page at all", { "Sec-Fetch-Site": "none" }],
  ["a browser without fetch metadata and another origin", { Origin: "https://evil.example" }],
  ["a sandboxed frame", { Origin: "null" }],
  ["a client that says nothing", {}],
];

const unsafe = calls.filter(({ method }) => method !== "GET");

describe.each(foreign)("what changes something, sent by %s", (_name, headers) => {
  it.each(unsafe.map(({ method, path }) => [method, path] as const))("%s %s is 403", async (method, path) => {
    const answer = await rawRequest(desk.port, path, {
      method,
      headers: {
        ...headers,
        Cookie: lead.cookieHeader(),
        "Content-Type": "application/json",
        "Content-Length": 2,
      },
      body: "{}",
    });
    expect(answer.status).toBe(403);
    expect(problem.parse(JSON.parse(answer.text)).code).toBe("cross_site");
  });
});

it("our own origin will do where the browser sends no fetch metadata", async () => {
  const answer = await rawRequest(desk.port, "/api/tokens/identify", {
    method: "POST",
    headers: { Origin: desk.baseUrl, Cookie: lead.cookieHeader(), "Content-Type": "application/json" },
    body: JSON.stringify({ token: "aws80:00000000-0000-0000-0000-000000000000" }),
  });
  expect(answer.status).toBe(200);
});

describe("a read", () => {
  const reads = calls.filter(({ method }) => method === "GET");
  it.each(reads.map(({ path }) => [path] as const))("of %s by another site is 403", async (path) => {
    const answer = await lead.send(path, { headers: { "Sec-Fetch-Site": "cross-site" } });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("vary")).toContain("Sec-Fetch-Site");
  });
});

// A form needs no permission to be sent anywhere; JSON does.
describe("a body that a form could send", () => {
  it.each(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])(
    "%s is 415",
    async (type) => {
      for (const { path, method } of unsafe.filter((call) => call.path !== "/api/csp-report")) {
        const answer = await lead.send(path, { method, headers: { "Content-Type": type }, raw: '{"a":1}' });
        expect([path, answer.status]).toEqual([path, 415]);
      }
    },
  );
});

it("nothing of all this has asked the portal anything", async () => {
  expect(await asked()).toBe(portalCalls);
  expect((await lead.get("/api/session")).status).toBe(200);
});

// A picture in somebody's mail is enough to have a browser read; so reading must not be doing.
describe("what only reads", () => {
  it("changes nothing here and nothing at the portal, on any path", async () => {
    const { connections } = (await lead.get("/api/session")).body as { connections: [{ id: string }] };
    const minted = await lead.post(
      "/api/tokens",
      { connectionId: connections[0].id, label: "Read" },
      { "Idempotency-Key": "read-by-all" },
    );
    const { operationId, items } = minted.body as { operationId: string; items: [{ id: string }] };
    const real = (path: string) =>
      path.replace("/api/operations/[id]", `/api/operations/${operationId}`).replace("[id]", items[0].id);
    const paths = [...apiRoutes.map(({ path }) => path), ...pageFolders().map((page) => page.slice(5))].map(
      real,
    );
    // What a list shows anew is learned at the first look, and belongs to nobody's request.
    for (const path of ["/tokens", "/api/tokens", "/api/users"]) await lead.get(path);
    const view = viewStore(desk);
    const before = view.read();
    await desk.portal.clearCalls();
    for (const path of paths)
      for (const method of ["GET", "HEAD", "OPTIONS"])
        expect((await lead.send(path, { method })).status, `${method} ${path}`).toBeLessThan(500);
    for (const path of ["csrf", "session", "providers", "callback/portal"])
      await lead.get(`/api/auth/${path}`);
    for (const format of ["csv", "jsonl"]) await lead.get(`/api/audit/export?format=${format}`);
    const changes = changesBetween(before, view.read());
    view.close();
    // That somebody took the trail out is on record.
    const exported = changes.filter(({ table, what }) => table === "audit" && what === "added");
    expect(exported.map(({ row }) => row.action)).toEqual(["audit.export", "audit.export"]);
    expect(changes.filter(({ table }) => table !== "audit").map(({ table }) => table)).toEqual([
      "audit_head",
    ]);
    const asked = new Set((await desk.portal.calls()).map(({ method }) => method));
    expect([...asked].filter((method) => method !== "GET")).toEqual([]);
  });
});
