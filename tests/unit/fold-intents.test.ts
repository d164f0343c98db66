import { describe, expect, it } from "vitest";
import { foldIntents } from "@/components/audit/fold-intents";
import type { AuditEntry } from "@/lib/contracts/audit";

const entry = (seq: number, rest: Partial<AuditEntry>): AuditEntry => ({
  seq,
  at: new Date(seq * 1000).toISOString(),
  action: "token.mint",
  actor: { portal: "sim", userName: "ann@example.test" },
  result: "ok",
  ip: "127.0.0.1",
  requestId: `req_${seq}`,
  ...rest,
});
const seqs = (entries: AuditEntry[]) =>
  foldIntents(entries).map((row) => [row.entry.seq, row.intents.map((i) => i.seq)]);

describe("foldIntents", () => {
  it("folds an intent into its outcome", () => {
    expect(seqs([entry(2, { operationId: "a" }), entry(1, { operationId: "a", result: "intent" })])).toEqual([
      [2, [1]],
    ]);
  });

  it("keeps an intent that nothing answers: it is unfinished, and must be seen", () => {
    expect(seqs([entry(2, { operationId: "b" }), entry(1, { operationId: "a", result: "intent" })])).toEqual([
      [2, []],
      [1, []],
    ]);
  });

  it("shows each outcome of an operation, and hangs the intent on the newest", () => {
    const list = [
      entry(4, { operationId: "a" }),
      entry(3, { operationId: "a", result: "failed" }),
      entry(2, { operationId: "a", result: "intent" }),
      entry(1, {}),
    ];
    expect(seqs(list)).toEqual([
      [4, [2]],
      [3, []],
      [1, []],
    ]);
  });

  it("does not mix actions of one operation, nor entries without one", () => {
    const list = [
      entry(3, { operationId: "a", action: "token.recover" }),
      entry(2, { operationId: "a", action: "token.mint", result: "intent" }),
      entry(1, { result: "intent" }),
    ];
    expect(seqs(list)).toEqual([
      [3, []],
      [2, []],
      [1, []],
    ]);
  });
});
