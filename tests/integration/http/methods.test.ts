import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { apiRoutes, calls, concrete, methods, routeFolders } from "@/tests/support/api-routes";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import type { DeskClient } from "../../../scripts/desk-client";

let desk: DeskProcess;
let lead: DeskClient;

beforeAll(async () => {
  desk = await startDeskProcess({
    env: { TOKENDESK_METRICS_TOKEN: randomBytes(32).toString("base64url") },
  });
  lead = await desk.signedIn("leadSales");
});
afterAll(() => desk.stop());

it("the list of routes that the tests walk is the one that exists", () => {
  const others = ["/api/[[...missing]]", "/api/auth/[...nextauth]"];
  expect(routeFolders()).toEqual([...apiRoutes.map(({ path }) => path), ...others].sort());
});

describe("a method that a path does not have", () => {
  it.each(apiRoutes.map((route) => [route.path, route] as const))("%s", async (_path, route) => {
    const allow = [...route.methods, ...(route.methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(
      ", ",
    );
    for (const method of methods.filter((candidate) => !route.methods.includes(candidate))) {
      const answer = await lead.send(concrete(route), { method });
      expect([method, answer.status, answer.headers.get("allow")]).toEqual([method, 405, allow]);
      expect(problem.parse(answer.body).code).toBe("method_not_allowed");
    }
    const options = await lead.send(concrete(route), { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow"), options.text]).toEqual([204, allow, ""]);
  });
});

describe("without a session", () => {
  const closed = calls.filter(({ session }) => session);
  it.each(closed.map((call) => [call.method, call.path] as const))("%s %s is 401", async (method, path) => {
    const answer = await desk.visitor().send(path, { method });
    expect(answer.status).toBe(401);
    expect(problem.parse(answer.body).code).toBe("unauthorized");
  });
});

describe("a path that does not exist", () => {
  it.each(["/api", "/api/nothing", "/api/tokens/a/b/c", "/api/session/", "/api/health"])(
    "%s is a 404, for every method",
    async (path) => {
      for (const method of methods) {
        const answer = await lead.send(path === "/api/session/" ? "/api/session/x" : path, { method });
        expect([method, answer.status]).toEqual([method, 404]);
        expect(problem.parse(answer.body).code).toBe("not_found");
      }
    },
  );

  // Whoever pastes a token into an address gets no echo of it.
  it.each(["/api/tokens/aws80:c2353445-bc74-af1a-2850-1d55a371c0a9", "/api/tokens/%2F", "/api/tokens/tok_x"])(
    "nor does a token of the form %s",
    async (path) => {
      const answer = await lead.get(path);
      expect(answer.status).toBe(404);
      expect(answer.text).not.toContain("c2353445");
    },
  );
});

it("HEAD is GET without a body", async () => {
  const answer = await lead.send("/api/session", { method: "HEAD" });
  expect([answer.status, answer.text]).toEqual([200, ""]);
  expect(answer.headers.get("content-type")).toBe("application/json");
});

// Resource sharing is how another origin would be let in to read: the desk lets none in, however it is asked.
it("no other origin is granted anything", async () => {
  const headers = {
    Origin: "https://evil.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
    "Sec-Fetch-Site": "same-site",
  };
  for (const { path, method } of [...calls, { path: "/api/auth/csrf", method: "GET" }])
    for (const asked of ["OPTIONS", method]) {
      const answer = await lead.send(path, { method: asked, headers });
      const granted = [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"));
      expect(granted).toEqual([]);
    }
});

// Server Actions are another way in, past the routes: the desk has none.
it("a Server Action does not exist", async () => {
  for (const path of ["/", "/sign-in", "/tokens"]) {
    const answer = await lead.send(path, {
      method: "POST",
      headers: { "Next-Action": "0".repeat(42) },
      raw: "[]",
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  }
});
