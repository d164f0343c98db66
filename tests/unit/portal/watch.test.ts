import type { Logger } from "pino";
import { beforeEach, describe, expect, test } from "vitest";
import type { PortalCause } from "@/lib/server/cause";
import { PortalError, type PortalErrorKind } from "@/lib/server/portal/error";
import { watchPortals } from "@/lib/server/services/portals/watch";
import { type ManualClock, manualClock } from "@/tests/support/clock";

describe("the log of portals in trouble", () => {
  let lines: string[];
  let clock: ManualClock;
  let watch: ReturnType<typeof watchPortals>;
  beforeEach(() => {
    lines = [];
    clock = manualClock();
    const log = {
      warn: ({ portalId, cause }: Record<string, string>) => lines.push(`${portalId} ${cause}`),
      info: ({ portalId }: Record<string, string>) => lines.push(`${portalId} again`),
    };
    watch = watchPortals(log as unknown as Logger, clock);
  });

  const answers = (endpoint: string, portalId = "p") => watch({ portalId, endpoint });
  const says = (
    endpoint: string,
    kind: PortalErrorKind,
    details: Partial<PortalError> = {},
    portalId = "p",
  ) => watch({ portalId, endpoint, error: new PortalError(kind, { endpoint, sent: "no", ...details }) });
  const fails = (endpoint: string, cause: PortalCause, portalId = "p") =>
    says(endpoint, "unavailable", { cause }, portalId);

  test("has one line for an outage, however many calls meet it, and one for its end", () => {
    for (const endpoint of ["list", "login", "list", "users"]) fails(endpoint, "refused");
    answers("list");
    answers("login");
    expect(lines).toEqual(["p refused", "p again"]);
  });

  test("has one line however long an outage is", async () => {
    for (let i = 0; i < 60; i += 1) {
      fails("list", "dns");
      fails("login", "server_error");
      await clock.advance(60_000);
    }
    expect(lines).toEqual(["p dns", "p server_error"]);
  });

  test("has one for each outage of a portal that was reached in between", () => {
    for (let i = 0; i < 2; i += 1) {
      fails("list", "dns");
      answers("users");
    }
    expect(lines).toEqual(["p dns", "p again", "p dns", "p again"]);
  });

  test("has one for each portal, and one for each cause", () => {
    fails("list", "dns");
    fails("list", "server_error");
    fails("list", "dns", "q");
    fails("list", "server_error");
    expect(lines).toEqual(["p dns", "p server_error", "q dns"]);
  });

  test("has no line a call of an endpoint that fails while others answer", async () => {
    for (let i = 0; i < 20; i += 1) {
      fails("users", "server_error");
      answers("list");
      await clock.advance(10_000);
    }
    expect(lines).toEqual(["p server_error"]);
    await clock.advance(300_000);
    answers("list");
    expect(lines).toEqual(["p server_error", "p again"]);
  });

  test("has two a minute, at most, of what comes and goes with whose call it is", async () => {
    for (let i = 0; i < 60; i += 1) {
      fails("list", i % 2 ? "timeout" : "another_server");
      answers("list");
      await clock.advance(10_000);
    }
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(lines.filter((line) => line === "p timeout").length).toBeGreaterThan(5);
  });

  test("tells a trouble that stays also where it was told a moment ago", async () => {
    fails("list", "server_error");
    answers("list");
    fails("list", "server_error");
    await clock.advance(60_000);
    fails("list", "server_error");
    answers("list");
    expect(lines).toEqual(["p server_error", "p again", "p server_error", "p again"]);
  });

  test("is not ended by a question whether the portal is back, but for whom nobody was reached", () => {
    const back = () => watch({ portalId: "p" });
    fails("list", "server_error");
    back();
    expect(lines).toEqual(["p server_error"]);
    answers("list");
    fails("login", "refused");
    back();
    expect(lines).toEqual(["p server_error", "p again", "p refused", "p again"]);
  });

  test("has none for what the portal says itself, nor for what was not asked", () => {
    for (const kind of [
      "unauthorized",
      "forbidden",
      "not_found",
      "conflict",
      "rate_limited",
      "budget",
    ] as const)
      says("list", kind);
    says("list", "not_understood", { tooLarge: true });
    says("list", "breaker_open", { cause: "dns" });
    expect(lines).toEqual([]);
  });

  test("a 404 and a wish for a pause end no trouble; a no does", () => {
    fails("list", "server_error");
    says("list", "not_found");
    says("list", "rate_limited");
    expect(lines).toEqual(["p server_error"]);
    says("list", "forbidden");
    expect(lines).toEqual(["p server_error", "p again"]);
  });
});
