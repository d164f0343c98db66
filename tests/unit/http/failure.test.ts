import pino from "pino";
import { describe, expect, it } from "vitest";
import { DeskError } from "@/lib/server/errors";
import { toDeskError } from "@/lib/server/http/failure";

const canary = "hunter2-canary";
const withCode = (code: string, message = canary) => Object.assign(new Error(message), { code });

function translated(error: unknown) {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  return { error: toDeskError(error, log, { requestId: "req_1" }), log: lines.join("") };
}

describe("what was thrown on the way to an answer", () => {
  it("passes where it is one of our codes, unlogged", () => {
    const own = new DeskError("value_needed");
    expect(translated(own)).toEqual({ error: own, log: "" });
  });

  it.each([
    "SQLITE_FULL",
    "SQLITE_IOERR_WRITE",
    "SQLITE_READONLY",
    "SQLITE_BUSY",
    "53100",
    "57P01",
    "ECONNREFUSED",
  ])("means that the store is away: %s", (code) =>
    expect(translated(withCode(code)).error.code).toBe("store_unavailable"),
  );

  it("means so too when the pool gets no connection", () => {
    const error = new Error("timeout exceeded when trying to connect");
    expect(translated(error).error.code).toBe("store_unavailable");
  });

  // A mistake in a statement is ours, and stays so when the store is well.
  it.each(["SQLITE_CONSTRAINT", "SQLITE_ERROR", "42601", "23505", "ERR_INVALID_ARG_TYPE"])(
    "is a bug of ours: %s",
    (code) => expect(translated(withCode(code)).error.code).toBe("internal"),
  );

  // Parsers and drivers quote their input in messages: a password must not get into the log that way.
  it("is logged by where it happened, not by what it says", () => {
    const { log, error } = translated(new SyntaxError(`Unexpected ${canary}\n${canary} again`));
    expect(error).toMatchObject({ code: "internal", facts: {} });
    expect(log).not.toContain(canary);
    expect(JSON.parse(log)).toMatchObject({ requestId: "req_1", error: "SyntaxError" });
    expect(JSON.parse(log).at[0]).toMatch(/^at .*failure\.test\.ts/);
  });

  it("is logged by no line of its message, though one looks like a place", () => {
    const { log } = translated(new Error(`first\n    at ${canary} (/x.js:1:2)\n    at ${canary}`));
    expect(log).not.toContain(canary);
    expect(JSON.parse(log).at[0]).toMatch(/^at .*failure\.test\.ts/);
    const changed = new Error(`\n    at ${canary}`);
    expect(changed.stack).toContain(canary);
    changed.message = "another";
    expect(JSON.parse(translated(changed).log).at).toEqual([]);
  });

  it.each([undefined, null, "text", 5, { code: "not_found" }])("may be anything: %j", (thrown) => {
    expect(translated(thrown).error.code).toBe("internal");
  });
});
