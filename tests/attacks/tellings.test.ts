import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { exportAudit } from "@/lib/server/services/audit/export";
import { listAudit } from "@/lib/server/services/audit/list";
import { connect } from "@/lib/server/services/connections/connect";
import { disconnect } from "@/lib/server/services/connections/disconnect";
import { retryOperation } from "@/lib/server/services/operations/retry";
import { endSessionById } from "@/lib/server/services/sessions/end";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { engines } from "../support/desk";
import {
  codeOf,
  connectionOf,
  entriesSince,
  type HeldDesk,
  mint,
  only,
  startHeldDesk,
  trail,
} from "../support/held-desk";
import { mintKnown } from "./support/known-token";

describe.each(engines)("on %s,", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  /* Five tokens that are none would keep everybody behind an address from signing in with one. */
  test("tokens that are none keep nobody from signing in with one of theirs, up to the address' own limit", async () => {
    const visitor = t.visitor("198.51.100.7");
    const guess = (apiToken = `aws80:${randomUUID()}`) => signIn(visitor, { portal: "sim", apiToken });
    for (let index = 0; index < 12; index += 1) expect(await codeOf(guess())).toBe("invalid_credentials");
    const [known] = t.simulator.seed.user("apiCrm").tokens;
    expect(await codeOf(guess(known))).toBe("ok");
    const dead = `aws80:${randomUUID()}`;
    for (let index = 0; index < 5; index += 1) expect(await codeOf(guess(dead))).toBe("invalid_credentials");
    expect(await codeOf(guess(dead))).toBe("throttled");
    expect(await codeOf(guess(` ${dead} `))).toBe("throttled");
    const rest: string[] = [];
    for (let index = 0; index < 40; index += 1) rest.push(await codeOf(guess()));
    expect(rest.at(-1)).toBe("throttled");
    expect(await codeOf(guess(known))).toBe("throttled");
    await t.pass(minutes(61));
  });

  /* A name field that says no would tell anybody whether a value is somebody's token here. */
  test("a text with a bare id says the same of another's token as of nobody's", async () => {
    const owner = await t.signedIn("apiDialer");
    const stranger = await t.signedIn("ann");
    const lead = await t.signedIn("leadSales");
    const { value } = only(await mintKnown(t, owner, "Not yours"));
    const bare = value.replace(/^.*:/, "");
    const [own] = await mint(stranger, "Mine");
    const note = (notes: string) =>
      t.finish(codeOf(patchToken(stranger, { id: own?.id ?? "", patch: { notes: `about ${notes}` } })));
    expect([await note(bare), await note(randomUUID())]).toEqual(["ok", "ok"]);
    // Whoever sees the record is told: it would be kept in the clear.
    const ofOwner = only(await mint(owner, "Other"));
    expect(await t.finish(codeOf(patchToken(owner, { id: ofOwner.id, patch: { notes: bare } })))).toBe(
      "token_in_text",
    );
    const ofLead = only(await mint(lead, "Lead's"));
    expect(await t.finish(codeOf(patchToken(lead, { id: ofLead.id, patch: { notes: bare } })))).toBe(
      "token_in_text",
    );
  });

  /* Whoever finds an unlocked browser would finish what the proof was asked for an hour ago. */
  test("a bulk is tried again with a fresh proof only, as it was begun", async () => {
    const owner = await t.signedIn("apiCrm");
    const tokens = await mintKnown(t, owner, "Bulk", 3);
    const ids = tokens.map(({ id }) => id);
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 403, count: null });
    const { operationId: id } = await t.finish(revokeTokens(owner, { ids, reason: "unused" }));
    await t.work();
    await t.portal.clearFaults();
    const states = async () =>
      (
        await t.desk.db.selectFrom("operation_items").select("state").where("operation_id", "=", id).execute()
      ).map(({ state }) => state);
    expect(await states()).toEqual(["failed", "failed", "failed"]);

    await t.pass(minutes(16));
    const later = await t.again(owner);
    await t.portal.clearCalls();
    const before = (await trail(t)).length;
    expect(await t.finish(codeOf(retryOperation(later, { id })))).toBe("step_up_required");
    await t.work();
    expect(await states()).toEqual(["failed", "failed", "failed"]);
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);
    expect(await entriesSince(t, before)).toEqual(["token.revoke refused"]);

    const again = await t.signedIn("apiCrm");
    expect(await t.finish(codeOf(retryOperation(again, { id })))).toBe("ok");
    await t.work();
    await t.pass(seconds(30));
    await t.work();
    expect(await states()).toEqual(["done", "done", "done"]);
  });

  /* Whoever borrows a browser ends its owner's session by signing in themselves, and nothing said so. */
  test("a session that another's sign-in in the same browser ended is on record, whose it was and who ended it", async () => {
    const ann = await t.signedIn("ann");
    const before = (await trail(t)).length;
    const { userName, password } = t.passwordOf("ben");
    const ben = { portal: "sim", username: userName, password };
    await signIn(t.visitor(), ben, ann.sid);
    expect(await entriesSince(t, before)).toEqual(["session.end ok", "session.sign_in ok"]);
    const entry = (await trail(t)).slice(before).find(({ action }) => action === "session.end");
    expect(entry).toMatchObject({
      actor: { userName: "ben@demo.example" },
      target: { ownerId: ann.session.ownerId, userName: "ann@demo.example" },
    });
    // A session that was over already is not ended once more.
    const later = (await trail(t)).length;
    await signIn(t.visitor(), ben, ann.sid);
    expect(await entriesSince(t, later)).toEqual(["session.sign_in ok"]);
    expect(connectionOf(ann).state).toBe("live");
  });

  /* The export has whole entries, since they prove themselves: they would say whose a value is. */
  test("whoever tries values is not told whose they are, or whether anybody's, by their own trail", async () => {
    const owner = await t.signedIn("apiDialer");
    const stranger = await t.signedIn("ben");
    const known = await mintKnown(t, owner, "Known", 2);
    const before = (await trail(t)).length;
    const values = [...known.map(({ value }) => value), `aws80:${randomUUID()}`];
    for (const token of values)
      await t.finish(codeOf(revokeByValue(stranger, { portal: "sim", token, reason: "compromised" })));
    const said: { target?: object; seq: number }[] = [];
    for await (const line of (await exportAudit(stranger, { format: "jsonl", action: "token.revoke" })).lines)
      said.push(JSON.parse(line));
    const theirs = said.filter(({ seq }) => seq > before);
    expect(theirs).toHaveLength(6);
    expect(JSON.stringify(theirs.map(({ target }) => target))).not.toContain(owner.session.ownerId);
    for (const { target } of theirs) expect(Object.keys(target ?? {}).sort()).toEqual(["portal", "tokenId"]);
    // Nor by what lies between them.
    const gaps = theirs.map(({ seq }, index) => seq - (theirs[index + 1]?.seq ?? 0)).slice(0, -1);
    expect(new Set(gaps)).toEqual(new Set([2]));
    const owners = (await trail(t))
      .slice(before)
      .filter(({ target }) => target?.ownerId === owner.session.ownerId);
    expect(owners).toHaveLength(4);
  });

  /* A former admin may have kept the id of a session. */
  test("a session that one may not end is nobody's to whoever tries, and its person hears of it", async () => {
    const owner = await t.signedIn("apiDialer");
    const stranger = await t.signedIn("ben");
    const before = (await trail(t)).length;
    expect(await codeOf(endSessionById(stranger, owner.session))).toBe("not_found");
    const [entry, ...others] = (await trail(t)).slice(before);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      action: "session.end",
      result: "refused",
      actor: { portal: "sim", userName: "ben@demo.example" },
      target: { ownerId: owner.session.ownerId },
    });
    const seen = async (ctx: typeof owner) =>
      (await listAudit(ctx, { action: "session.end" })).items.map(({ result }) => result);
    expect(await seen(stranger)).not.toContain("refused");
    expect(await seen(owner)).toContain("refused");
  });

  /* A bulk that was begun as somebody's owner would be finished by the tokens' own authority, for a lead who lost theirs. */
  test("a bulk is tried again with the rights that it was begun with, and once where two ask at once", async () => {
    const lead = await t.signedIn("leadSales");
    const { userName: username, password } = t.passwordOf("ann");
    const made = await t.finish(connect(lead, { portal: "sim", username, password }));
    const both = await t.again(lead);
    const ann = await t.signedIn("ann");
    const ids = (await mintKnown(t, ann, "Of ann", 2)).map(({ id }) => id);
    await t.portal.addFault({ endpoint: "revoke", kind: "status", status: 403, count: null });
    const { operationId: id } = await t.finish(revokeTokens(both, { ids, reason: "unused" }));
    await t.work();
    const itemsOf = () =>
      t.desk.db
        .selectFrom("operation_items")
        .select(["state", "error"])
        .where("operation_id", "=", id)
        .execute();
    expect(await itemsOf()).toEqual(Array(2).fill({ state: "failed", error: "portal_refused" }));

    await t.finish(disconnect(both, { id: made.id }));
    const asLead = await t.again(lead);
    await t.portal.clearFaults();
    await t.portal.clearCalls();
    await t.finish(retryOperation(asLead, { id }));
    await t.work();
    expect((await itemsOf()).map(({ state }) => state)).toEqual(["failed", "failed"]);
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);

    await t.finish(connect(asLead, { portal: "sim", username, password }));
    const again = await t.again(lead);
    const tries = [1, 2, 3].map(() => retryOperation(again, { id }));
    await t.finish(Promise.all(tries));
    expect(await itemsOf()).toEqual(Array(2).fill({ state: "pending", error: null }));
    await t.work();
    expect(await t.portal.calls({ endpoint: "revoke" })).toHaveLength(2);
    expect((await itemsOf()).map(({ state }) => state)).toEqual(["done", "done"]);
  });
});
