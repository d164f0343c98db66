import { describe, expect, test } from "vitest";
import { findOpenIntents, type SaidEntry } from "@/lib/server/services/audit/open-intents";
import type { AuditBody } from "@/lib/server/store/audit";

type Said = Partial<Pick<AuditBody, "action" | "result" | "operationId" | "detail">> & { token?: string };

const entries = (...said: Said[]): SaidEntry[] =>
  said.map(({ action = "token.revoke", result = "ok", operationId = "op_1", detail, token }, at) => ({
    seq: at + 1,
    body: {
      at,
      action,
      result,
      operationId,
      detail,
      actor: { portal: "sim", userName: "ann" },
      target: { tokenId: token },
      ip: "",
      requestId: "",
    },
  }));

const open = (all: SaidEntry[]) => {
  const found = [all, all.toReversed()].map((order) => {
    const intents = findOpenIntents();
    for (const entry of order) intents.see(entry);
    return intents.end().map(({ seq }) => seq);
  });
  expect(found[0]?.length).toBe(found[1]?.length);
  return found[0];
};

describe("what was asked for and has not ended", () => {
  const intent = { result: "intent" };
  const mint = { action: "token.mint" };

  test("is an intent without an outcome, and none with one", () => {
    expect(open(entries(intent))).toEqual([1]);
    expect(open(entries(intent, {}))).toEqual([]);
    expect(open(entries(intent, { result: "refused" }))).toEqual([]);
  });

  test("is told token by token of one operation", () => {
    const both = [
      { ...intent, token: "a" },
      { ...intent, token: "b" },
    ];
    expect(open(entries(...both, { token: "a" }))).toEqual([2]);
    expect(open(entries(...both, { token: "a" }, { token: "b", result: "failed" }))).toEqual([]);
  });

  test("is a mint of which not every token has an outcome", () => {
    const three = { ...mint, ...intent, detail: { count: 3 } };
    expect(open(entries(three, { ...mint, token: "a" }, { ...mint, token: "b" }))).toEqual([1]);
    const rest = { ...mint, result: "failed", detail: { count: 2, code: "not_sent" } };
    expect(open(entries(three, { action: "token.recover", token: "a" }, rest))).toEqual([]);
  });

  test("ends anew when it is asked for again", () => {
    expect(open(entries(intent, { result: "failed" }, intent))).toEqual([3]);
    expect(open(entries(intent, { result: "failed" }, intent, {}))).toEqual([]);
  });

  test("is nothing that belongs to no operation, nor an outcome whose intent is elsewhere", () => {
    const intents = findOpenIntents();
    const [label] = entries({ action: "token.label" });
    if (label) intents.see({ ...label, body: { ...label.body, operationId: undefined } });
    for (const entry of entries({ token: "a" })) intents.see(entry);
    expect(intents.end()).toEqual([]);
  });
});
