import { describe, expect, it } from "vitest";
import { problem, problemCodes } from "@/lib/contracts/problem";
import { problemResponse, statusOf } from "@/lib/server/http/problem";

describe("every problem code", () => {
  it.each(problemCodes)("%s is answered as RFC 9457 says", async (code) => {
    const response = problemResponse(code, "req_1");
    expect(response.status).toBe(statusOf(code));
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const document = problem.parse(await response.json());
    expect(document).toMatchObject({ type: "about:blank", status: response.status, code, instance: "req_1" });
  });
});

it("a wait is told in the header too", () => {
  expect(problemResponse("throttled", "req_1", { retryAfter: 30 }).headers.get("retry-after")).toBe("30");
  expect(problemResponse("throttled", "req_1").headers.has("retry-after")).toBe(false);
});

// What a service puts beside its facts by mistake must not leave with them.
it("nothing but the named facts is answered", async () => {
  const facts = { detail: "ours", cause: "a portal's text" };
  const document = await problemResponse("internal", "req_1", facts).json();
  expect(JSON.stringify(document)).not.toContain("portal's text");
});
