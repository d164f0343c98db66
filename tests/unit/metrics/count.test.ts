import { channel } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { countOperationEnd, countPortalCall, storeTimer } from "@/lib/server/metrics/count";
import { measuring } from "@/lib/server/metrics/current";
import { makeInstruments } from "@/lib/server/metrics/instruments";
import { measureRequests, noteRoute } from "@/lib/server/metrics/requests";
import { forget } from "@/lib/server/runtime";

const begin = () => {
  measuring().instruments = makeInstruments("1.2.3");
};
const end = () => forget("metrics");

/** The samples of a metric as they are told. */
async function samples(name: string): Promise<string[]> {
  const text = (await measuring().instruments?.registry.metrics()) ?? "";
  return text.split("\n").filter((line) => line.startsWith(`tokendesk_${name}`));
}

describe("a call to a portal", () => {
  beforeEach(begin);
  afterEach(end);
  const call = { portalId: "sim", endpoint: "GET /v1/admin/token", durationMs: 40 };

  test.each([
    ["an answer", { status: 200 }, 'outcome="ok",status="2xx"', true],
    ["a no that is an answer", { status: 404 }, 'outcome="ok",status="4xx"', true],
    ["a no", { status: 401, kind: "unauthorized" }, 'outcome="unauthorized",status="4xx"', true],
    [
      "an error of the portal's",
      { status: 503, kind: "unavailable", cause: "server_error" },
      'outcome="server_error",status="5xx"',
      true,
    ],
    ["no connection", { kind: "unavailable", cause: "dns" }, 'outcome="dns",status="none"', true],
    [
      "a pause that the portal asks for",
      { status: 429, kind: "rate_limited" },
      'outcome="rate_limited",status="4xx"',
      true,
    ],
    ["a pause that lasts", { kind: "rate_limited" }, 'outcome="rate_limited",status="none"', false],
    ["a limit of ours", { kind: "budget" }, 'outcome="budget",status="none"', false],
    // What the last call met is no news of this one, which was never made.
    [
      "a portal that was down",
      { kind: "breaker_open", cause: "dns", status: 502 },
      'outcome="breaker_open",status="none"',
      false,
    ],
  ])(
    "counts %s by what it came to, and times it where it was sent",
    async (_what, event, labels, isTimed) => {
      countPortalCall({ ...call, ...event });
      expect(await samples("portal_calls_total")).toEqual([
        `tokendesk_portal_calls_total{portal="sim",endpoint="GET /v1/admin/token",${labels}} 1`,
      ]);
      const sum =
        'tokendesk_portal_call_duration_seconds_sum{portal="sim",endpoint="GET /v1/admin/token"} 0.04';
      expect(await samples("portal_call_duration_seconds_sum")).toEqual(isTimed ? [sum] : []);
    },
  );
});

describe("the store's time", () => {
  afterEach(end);

  test("is noted, also of what fails", async () => {
    begin();
    const time = storeTimer();
    expect(await time?.("read", async () => 7)).toBe(7);
    await expect(time?.("read", () => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
    expect(await samples('store_duration_seconds_count{step="read"}')).toEqual([
      'tokendesk_store_duration_seconds_count{step="read"} 2',
    ]);
  });

  test("costs nothing where nothing is measured", () => {
    expect(storeTimer()).toBeUndefined();
    expect(() => countOperationEnd("mint", "done")).not.toThrow();
  });
});

describe("requests", () => {
  const announced = channel("http.server.request.start");
  beforeEach(begin);
  afterEach(end);
  afterAll(() => forget("metrics.requests"));
  measureRequests();

  /** A request as Node announces it. */
  function ask(method: string, url: string) {
    const request = { method, url, headers: {} as Record<string, string> };
    const response = Object.assign(new EventEmitter(), { statusCode: 200, writableFinished: true });
    announced.publish({ request, response });
    return { headers: new Headers(request.headers), response };
  }

  test("are counted under the template that their route notes, and never under their path", async () => {
    const { headers, response } = ask("PATCH", "/api/tokens/tok_canary?x=canary");
    noteRoute(headers, "/api/tokens/[id]");
    response.statusCode = 404;
    response.emit("close");
    expect(await samples("http_requests_total")).toEqual([
      'tokendesk_http_requests_total{route="/api/tokens/[id]",method="PATCH",status="4xx"} 1',
    ]);
    expect((await samples("http_request_duration_seconds_count"))[0]).toContain(
      '{route="/api/tokens/[id]"} 1',
    );
  });

  test.each([
    ["GET", "/tokens/canary?next=canary.css", "page", "GET"],
    ["GET", "/_next/static/canary", "file", "GET"],
    ["GET", "/icon.svg?canary", "file", "GET"],
    ["POST", "/api/canary", "api", "POST"],
    ["CANARY", "*", "page", "other"],
  ])("that reach no route are of a kind: %s %s", async (method, url, route, counted) => {
    ask(method, url).response.emit("close");
    expect(await samples("http_requests_total")).toEqual([
      `tokendesk_http_requests_total{route="${route}",method="${counted}",status="2xx"} 1`,
    ]);
  });

  test("whose caller left are told apart", async () => {
    const { response } = ask("GET", "/tokens");
    response.writableFinished = false;
    response.emit("close");
    expect(await samples("http_requests_total")).toEqual([
      'tokendesk_http_requests_total{route="page",method="GET",status="closed"} 1',
    ]);
  });

  // Its name is drawn at each start; what somebody guesses all the same must not name the next request's route.
  test("have no route by a number that nobody gave", async () => {
    const { headers } = ask("GET", "/tokens");
    const [name = ""] = [...headers.keys()];
    noteRoute(new Headers({ [name]: "999" }), "/api/nowhere");
    noteRoute(new Headers(), "/api/nowhere");
    ask("GET", "/tokens").response.emit("close");
    expect((await samples("http_requests_total")).join()).not.toContain("nowhere");
  });
});
