import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditPage } from "@/lib/contracts/audit";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { rawBytes } from "@/tests/support/raw-request";
import type { DeskClient } from "../../scripts/desk-client";
import { connectionOf } from "./support/stage";

/*
 * Text of others in the log and in exports. An attacker who gets a line end, a control sequence or a formula in there
 * writes entries of their own, hides true ones on the reader's screen, or has the reader's spreadsheet run something.
 */

const forged = '{"level":30,"msg":"forged"}';
const trouble = `x\r\n${forged}\n\u001b[2J\u001b]0;title\u0007\u2028${forged}\u202e`;
let desk: DeskProcess;
let ann: DeskClient;

beforeAll(async () => {
  desk = await startDeskProcess();
  ann = await desk.signedIn("ann");
});
afterAll(() => desk?.stop());

/** The lines that our own log printed, and what else there is. */
function linesOf(output: string) {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return {
    ours: lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line)),
    others: lines.filter((line) => !line.startsWith("{")),
  };
}

describe("text of others", () => {
  it("makes no line of the log, wherever it is sent", async () => {
    const before = linesOf(desk.output());
    const report = { type: "csp-violation", body: { effectiveDirective: trouble, blockedURL: trouble } };
    const answers = [
      await desk.visitor().signIn({ portal: "sim", username: trouble, password: "x" }),
      await desk.visitor().signIn({ portal: trouble, username: "ann@demo.example", password: "x" }),
      await ann.post("/api/csp-report", [report]),
      await ann.get(`/api/tokens/${encodeURIComponent(trouble)}`),
      await ann.get(`/api/${encodeURIComponent(trouble)}?x=${encodeURIComponent(trouble)}`),
      await ann.post("/api/tokens/identify", { token: trouble }),
      await ann.send("/api/session", {
        headers: { Authorization: `Bearer ${Buffer.from(trouble).toString("base64")}` },
      }),
      await ann.send("/api/tokens", {
        headers: { "Sec-Fetch-Site": "cross-site", "X-Forwarded-For": forged },
      }),
    ];
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const head = `GET /api/session HTTP/1.1\r\nHost: 127.0.0.1:${desk.port}\r\nConnection: close\r\n`;
    for (const line of [`User-Agent: \u001b[2J${forged}`, `User-Agent: a\r\n ${forged}`, `X: \r${forged}`])
      await rawBytes(desk.port, `${head}${line}\r\n\r\n`);
    await expect.poll(() => linesOf(desk.output()).ours.length).toBeGreaterThan(before.ours.length + 4);
    const { ours, others } = linesOf(desk.output());
    expect(ours.filter(({ msg }) => msg === "forged")).toEqual([]);
    expect(others).toEqual(before.others);
    expect(desk.output().replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
  });

  it("makes one row of an export, and no formula in it", async () => {
    const connectionId = await connectionOf(ann);
    const label = `=cmd|' /C calc'!A1,"عربي <b>${"\u{1f511}".repeat(30)}`;
    const answer = await ann.post("/api/tokens", { connectionId, label }, { "Idempotency-Key": "odd-label" });
    expect(answer.status).toBe(201);
    expect(
      (await ann.post("/api/tokens", { connectionId, label: trouble }, { "Idempotency-Key": "b" })).status,
    ).toBe(400);
    const { items } = (await ann.get("/api/audit")).body as AuditPage;
    const { text } = await ann.get("/api/audit/export?format=csv");
    // The head, what was there, and the export itself.
    expect(text.trimEnd().split("\r\n")).toHaveLength(items.length + 2);
    expect(text).not.toMatch(/(^|,)"?=/m);
    expect(text).toContain(`"'=cmd|' /C calc'!A1,""عربي`);
    const { text: jsonl } = await ann.get("/api/audit/export?format=jsonl");
    for (const line of jsonl.trimEnd().split("\n")) JSON.parse(line);
  });
});
