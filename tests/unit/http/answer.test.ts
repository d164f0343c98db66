import pino from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import type { ProblemCode } from "@/lib/contracts/problem";
import { readProxies } from "@/lib/server/env/rules";
import { DeskError } from "@/lib/server/errors";
import { answer } from "@/lib/server/http/answer";
import { forget, once } from "@/lib/server/runtime";
import type { Desk } from "@/lib/server/services/desk";
import { manualClock } from "@/tests/support/clock";

let lines: Record<string, unknown>[];

beforeEach(() => {
  lines = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const env = { url: new URL("https://desk.example"), proxies: readProxies("", 0) };
  forget("desk");
  once("desk", () => Promise.resolve({ env, log, clock: manualClock() } as unknown as Desk));
});

const ask = (path: string, code: ProblemCode, headers: Record<string, string> = {}) =>
  answer(
    new Request(`https://desk.example${path}`, { headers: { host: "desk.example", ...headers } }),
    {},
    async (_ctx, about) => {
      about.who = "own_ann";
      throw new DeskError(code);
    },
  );

describe("a request that is refused", () => {
  // Somebody who looks for an open door tries many; whoever reads the log must see it (ASVS 16.3.2).
  it.each(["unauthorized", "forbidden", "step_up_required", "portal_refused", "not_found"] as const)(
    "is one line of the log: %s",
    async (code) => {
      const path = `/api/tokens/tok_${"a".repeat(26)}/copy`;
      const { status } = await ask(path, code);
      expect(lines).toEqual([
        expect.objectContaining({
          msg: "refused",
          code,
          method: "GET",
          path,
          who: "own_ann",
          requestId: expect.stringMatching(/^req_/),
          ip: expect.any(String),
        }),
      ]);
      expect(status).toBeGreaterThanOrEqual(401);
    },
  );

  it("by another site is one too, before anybody looked who it is", async () => {
    await ask("/api/tokens", "internal", { "Sec-Fetch-Site": "cross-site" });
    expect(lines).toEqual([expect.objectContaining({ msg: "refused", code: "cross_site" })]);
    expect(lines[0]).not.toHaveProperty("who");
  });

  it("is logged without what was put into its address", async () => {
    await ask("/api/tokens/Hunter2:canary/copy?token=hunter2-canary", "not_found");
    expect(lines[0]?.path).toBe("/api/tokens/\u2026/copy");
    expect(JSON.stringify(lines)).not.toMatch(/canary/i);
  });

  it("is no news where the input was wrong, or something is away", async () => {
    for (const code of ["invalid_input", "portal_unavailable", "wrong_state"] as const)
      await ask("/api/tokens", code);
    expect(lines).toEqual([]);
  });
});
