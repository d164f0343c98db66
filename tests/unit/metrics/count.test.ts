import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { countOperationEnd, countPortalCall, storeTimer } from "@/lib/server/metrics/count";
import { measuring } from "@/lib/server/metrics/current";
import { makeInstruments } from "@/lib/server/metrics/instruments";
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
