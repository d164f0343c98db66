import { describe, expect, it } from "vitest";
import { openMints } from "@/lib/browser/open-mints";
import type { AuditEntry } from "@/lib/contracts/audit";

const at = (second: number) => new Date(second * 1000).toISOString();
const entry = (second: number, operationId: string | undefined, rest: Partial<AuditEntry> = {}) => ({
  seq: second,
  at: at(second),
  action: "token.mint" as const,
  actor: { portal: "sim", userName: "ann@example.test" },
  result: "ok" as const,
  ip: "127.0.0.1",
  requestId: `req_${second}`,
  operationId,
  ...rest,
});
const intent = (second: number, operationId: string, count = 1) =>
  entry(second, operationId, { result: "intent", detail: { count } });

describe("openMints", () => {
  it("are the intents that nothing answers", () => {
    expect(openMints([intent(3, "b"), entry(2, "a"), intent(1, "a")], at(9))).toEqual(["b"]);
  });

  it("stay open until each of their tokens has its outcome", () => {
    const two = [entry(3, "a", { result: "failed" }), entry(2, "a"), intent(1, "a", 3)];
    expect(openMints(two, at(9))).toEqual(["a"]);
    expect(openMints([entry(4, "a"), ...two], at(9))).toEqual([]);
  });

  it("are those, too, that ended after the list was made: they may not be in it", () => {
    expect(openMints([entry(5, "a"), intent(1, "a")], at(5))).toEqual(["a"]);
    expect(openMints([entry(5, "a"), intent(1, "a")], at(6))).toEqual([]);
  });

  it("knows nothing of entries without an operation", () => {
    expect(openMints([entry(2, undefined, { result: "refused" })], at(9))).toEqual([]);
  });
});
