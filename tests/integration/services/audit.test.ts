import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportAudit } from "@/lib/server/services/audit/export";
import { listAudit } from "@/lib/server/services/audit/list";
import type { SessionContext } from "@/lib/server/services/context";
import { listTokens } from "@/lib/server/services/tokens/list";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { engines } from "../../support/desk";
import {
  breakAudit,
  codeOf,
  connectionOf,
  type HeldDesk,
  mint,
  only,
  startHeldDesk,
  trail,
} from "../../support/held-desk";

describe.each(engines)("the audit trail on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const actors = async (ctx: SessionContext) => {
    const { items } = await listAudit(ctx, {});
    return new Set(items.map(({ actor }) => actor.userName));
  };
  const textOf = async (ctx: SessionContext, format: "csv" | "jsonl") => {
    const { lines, ...about } = await exportAudit(ctx, { format });
    let text = "";
    for await (const line of lines) text += line;
    return { text, ...about };
  };

  test("each sees what they or their people did or met; desk admins see all", async () => {
    const ann = await t.signedIn("ann");
    const ben = await t.signedIn("ben");
    const cleo = await t.signedIn("cleo");
    await mint(ann, "Ann's");
    await mint(cleo, "Cleo's");
    expect(await actors(ann)).toEqual(new Set(["ann@demo.example"]));
    expect(await actors(ben)).toEqual(new Set(["ben@demo.example"]));
    const lena = await t.signedIn("leadSales");
    expect(await actors(lena)).toEqual(
      new Set(["ann@demo.example", "ben@demo.example", "lena.lead@demo.example"]),
    );
    const omar = await t.signedIn("leadSupport");
    expect(await actors(omar)).toEqual(new Set(["cleo@demo.example", "omar.lead@demo.example"]));
    const rosa = await t.signedIn("super");
    expect(rosa.session.admin).toBe(true);
    expect((await listAudit(rosa, {})).items).toHaveLength((await trail(t)).length);
  });

  test("failed sign-ins belong to nobody, and are the admin's to see", async () => {
    const { signIn } = await import("@/lib/server/services/sessions/sign-in");
    await codeOf(signIn(t.visitor(), { portal: "sim", username: "ann@demo.example", password: "wrong" }));
    const query = { action: "session.sign_in_failed" } as const;
    expect((await listAudit(await t.signedIn("super"), query)).items.length).toBeGreaterThan(0);
    expect((await listAudit(await t.signedIn("ann"), query)).items).toEqual([]);
  });

  test("what a lead did to somebody's token is in that person's trail", async () => {
    const ann = await t.signedIn("ann");
    const token = only(await mint(ann, "To be taken"));
    const lena = await t.signedIn("leadSales");
    const { revokeToken } = await import("@/lib/server/services/tokens/revoke");
    await revokeToken(lena, { id: token.id, reason: "compromised" });
    const { items } = await listAudit(ann, { token: token.id });
    expect(items.map(({ action, result, actor }) => `${action} ${result} ${actor.userName}`)).toEqual([
      "token.revoke ok lena.lead@demo.example",
      "token.revoke intent lena.lead@demo.example",
      "token.mint ok ann@demo.example",
    ]);
  });

  test("filters by token, actor, action and time", async () => {
    const ctx = await t.signedIn("apiCrm");
    await t.pass(1_000);
    const from = new Date(t.clock.now()).toISOString();
    const token = only(await mint(ctx, "Filtered"));
    await patchToken(ctx, { id: token.id, patch: { label: "Renamed" } });
    await t.pass(1_000);
    await patchToken(ctx, { id: token.id, patch: { notes: "later" } });
    const found = async (query: Parameters<typeof listAudit>[1]) =>
      (await listAudit(ctx, query)).items.map(({ action, result }) => `${action} ${result}`);
    expect(await found({ token: token.id })).toEqual(["token.label ok", "token.label ok", "token.mint ok"]);
    expect(await found({ action: "token.label", token: token.id })).toHaveLength(2);
    expect(await found({ from })).toEqual([
      "token.label ok",
      "token.label ok",
      "token.mint ok",
      "token.mint intent",
    ]);
    expect(await found({ from, to: from })).toHaveLength(3);
    expect(await found({ actor: "API-CRM@demo.example", from })).toHaveLength(4);
    expect(await found({ actor: "ann@demo.example" })).toEqual([]);
    expect(await found({ token: "tok_aaaaaaaaaaaaaaaaaaaaaaaaaa" })).toEqual([]);
  });

  test("comes in pages, newest first, without a gap or a repetition", async () => {
    const ctx = await t.signedIn("apiReports");
    const [token] = await mint(ctx, "Much changed");
    for (let i = 0; i < 110; i += 1)
      await patchToken(ctx, { id: token?.id ?? "", patch: { notes: `note ${i}` } });
    const first = await listAudit(ctx, {});
    expect(first.items).toHaveLength(100);
    const second = await listAudit(ctx, { cursor: first.nextCursor });
    expect(second.nextCursor).toBeUndefined();
    const seqs = [...first.items, ...second.items].map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => b - a));
    expect(second.items.at(-1)).toMatchObject({ action: "session.sign_in" });
  });

  test("an entry tells who, what, from where and which request, and no id of our own", async () => {
    const ctx = await t.signedIn("ben");
    await mint(ctx, "Told");
    const [entry] = (await listAudit(ctx, { action: "token.mint" })).items;
    expect(entry).toMatchObject({
      actor: { portal: "sim", userName: "ben@demo.example" },
      target: { label: "Told", portal: "sim", userName: "ben@demo.example" },
      ip: "192.0.2.1",
      requestId: ctx.from.requestId,
      operationId: expect.stringMatching(/^op_/),
    });
    expect(JSON.stringify(entry)).not.toContain("own_");
  });

  test("exports what the caller may see, as JSON lines and as CSV; the export is an entry itself", async () => {
    const ctx = await t.signedIn("ben");
    await mint(ctx, '=HYPERLINK("http://evil.example","x")');
    const jsonl = await textOf(ctx, "jsonl");
    const entries = jsonl.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(new Set(entries.map(({ actor }) => actor.userName))).toEqual(new Set(["ben@demo.example"]));
    expect(entries[0]).toMatchObject({ action: "audit.export", detail: { format: "jsonl" } });
    expect(jsonl).toMatchObject({
      contentType: "application/jsonl; charset=utf-8",
      fileName: expect.stringMatching(/^tokendesk-audit-\d{4}-\d\d-\d\d\.jsonl$/),
    });
    const csv = await textOf(ctx, "csv");
    const lines = csv.text.trimEnd().split("\r\n");
    expect(lines[0]).toBe(
      "\uFEFFseq,at,action,result,actor_portal,actor,actor_role,token,label,target_portal,target_user,ip,request_id,operation_id,detail",
    );
    expect(lines).toHaveLength(entries.length + 2);
    // A label is what anybody typed: no spreadsheet may take it for a formula.
    const label = lines.find((line) => line.includes("HYPERLINK"));
    expect(label).toContain(`,"'=HYPERLINK(""http://evil.example"",""x"")",`);
    for (const line of lines.slice(1)) expect(line).not.toMatch(/(^|,)"?[=+@-]/);
  });

  test("an export that cannot be audited does not begin", async () => {
    const ctx = await t.signedIn("ben");
    const mend = await breakAudit(t);
    expect(await codeOf(exportAudit(ctx, { format: "csv" }))).toBe("audit_unavailable");
    await mend();
  });

  test("a long export is read in batches and whole", async () => {
    const ctx = await t.signedIn("super");
    const count = (await trail(t)).length;
    const { text } = await textOf(ctx, "jsonl");
    expect(text.trim().split("\n")).toHaveLength(count + 1);
  });

  test("a label is data in every form: quotes, lines, direction marks and ten thousand emoji", async () => {
    const ctx = await t.signedIn("ann");
    const label = `<img src=x onerror=alert(1)> "quoted", \u202ertl ${"\u{1f511}".repeat(30)}`;
    const token = only(await mint(ctx, label));
    expect(only((await listTokens(ctx, { q: "onerror" })).items).label).toBe(label);
    const [entry] = (await listAudit(ctx, { token: token.id })).items;
    expect(entry?.target?.label).toBe(label);
    expect(connectionOf(ctx).userName).toBe("ann@demo.example");
  });
});
