import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newSecret, sha256 } from "@/lib/server/crypto";
import { type Env, readEnv } from "@/lib/server/env";
import { closeDesk, openDesk } from "@/lib/server/services/desk";
import { KeyError } from "@/lib/server/services/keys/key-error";
import { openKeys } from "@/lib/server/services/keys/open";
import { loadSession } from "@/lib/server/services/sessions/load";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { engines } from "../../support/desk";
import { codeOf, type HeldDesk, mint, only, startHeldDesk } from "../../support/held-desk";

describe.each(engines)("keys on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  test("another secret opens nothing, and says so in one line without either", async () => {
    const secret = newSecret();
    const wrong: Env = { ...t.env, secret };
    await expect(openDesk(wrong)).rejects.toThrow(KeyError);
    const message = await openDesk(wrong).catch((error: Error) => error.message);
    expect(message).toMatch(/^[^\n]+$/);
    expect(message).not.toContain(secret);
    expect(message).not.toContain(t.env.secret);
  });

  test("the same secret opens the same keys", async () => {
    const again = await openKeys(t.desk.db, t.env);
    expect(again).toEqual(t.desk.keys);
  });

  test("every purpose has a key of its own", () => {
    const { session, sealing, fingerprint, audit } = t.desk.keys;
    const all = [session, ...[sealing, fingerprint, audit].map((key) => key.toString("base64url"))];
    expect(new Set(all).size).toBe(4);
    expect(all).not.toContain(t.env.secret);
  });

  test("sealed copies of two tokens in each other's place are refused", async () => {
    // Whoever can write to the database must not be able to have one token handed out, or revoked, as another.
    const ctx = await t.signedIn("apiCrm");
    const [one, two] = await mint(ctx, "Swapped", 2);
    const rows = await t.desk.db
      .selectFrom("tokens")
      .select(["id", "sealed_value"])
      .where("id", "in", [one?.id ?? "", two?.id ?? ""])
      .execute();
    for (const row of rows)
      await t.desk.db
        .updateTable("tokens")
        .set({ sealed_value: rows.find(({ id }) => id !== row.id)?.sealed_value })
        .where("id", "=", row.id)
        .execute();
    await t.portal.addFault({ endpoint: "list", kind: "status", status: 503, count: null });
    await t.pass();
    expect(await t.finish(codeOf(copyToken(ctx, { id: one?.id ?? "", as: "raw" })))).toBe(
      "portal_unavailable",
    );
    await t.portal.clearFaults();
    await t.pass(60_000);
  });

  test("a credential that was moved to another connection is refused", async () => {
    const ann = await t.signedIn("ann");
    const rosa = await t.signedIn("super");
    const stolen = await t.desk.db
      .selectFrom("connections")
      .select("sealed_credential")
      .where("session_id", "=", rosa.session.id)
      .executeTakeFirstOrThrow();
    await t.desk.db.updateTable("connections").set(stolen).where("session_id", "=", ann.session.id).execute();
    await t.pass();
    const again = await t.again(ann);
    await t.portal.clearCalls();
    expect(await listTokens(again, {})).toMatchObject({ items: [], sources: [{ state: "ended" }] });
    expect(await t.portal.calls({ userName: "rosa.super@demo.example" })).toEqual([]);
  });

  test("a connection that was moved into another session lends nothing there", async () => {
    const ann = await t.signedIn("ann");
    const rosa = await t.signedIn("super");
    await t.desk.db
      .updateTable("connections")
      .set({ session_id: ann.session.id })
      .where("session_id", "=", rosa.session.id)
      .execute();
    await t.pass();
    const again = await t.again(ann);
    expect(again.session.connections).toHaveLength(2);
    await t.portal.clearCalls();
    const { sources } = await listTokens(again, {});
    expect(sources.map(({ state }) => state).sort()).toEqual(["ended", "fresh"]);
    expect(await t.portal.calls({ userName: "rosa.super@demo.example" })).toEqual([]);
  });

  test("a session that was given another cookie's hash is not opened by that cookie", async () => {
    const ann = await t.signedIn("ann");
    const rosa = await t.signedIn("super");
    const sessions = t.desk.db.updateTable("sessions");
    await sessions.set({ sid_hash: "nobody's" }).where("id", "=", ann.session.id).execute();
    await sessions
      .set({ sid_hash: sha256(ann.sid) })
      .where("id", "=", rosa.session.id)
      .execute();
    expect(await loadSession(t.desk, ann.sid, true)).toBeUndefined();
  });

  test("a store that lost its key is not given a new one", async () => {
    const other = await startHeldDesk(engine);
    only(await mint(await other.signedIn("ann"), "Kept"));
    await other.desk.db.deleteFrom("meta").where("name", "=", "root_key").execute();
    await expect(openKeys(other.desk.db, other.env)).rejects.toThrow(/lost its key/);
    await other.desk.db.deleteFrom("meta").where("name", "=", "root_salt").execute();
    await expect(openKeys(other.desk.db, other.env)).rejects.toThrow(/lost its key/);
    await other.stop();
  });
});

describe("the automatic secret", () => {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-keys-"));
  const env = readEnv({ NODE_ENV: "test", TOKENDESK_DATA: folder });
  const file = join(folder, "secret");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is made once, readable by its owner alone, and stays the same", async () => {
    const first = await openDesk(env);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8").trim().length).toBeGreaterThanOrEqual(32);
    expect(readdirSync(folder).filter((name) => name.startsWith("secret"))).toEqual(["secret"]);
    await closeDesk(first);
    const second = await openDesk(env);
    expect(second.keys).toEqual(first.keys);
    await closeDesk(second);
  });

  test("damaged, it is refused rather than replaced", async () => {
    const secret = readFileSync(file, "utf8");
    // Half a file must not become a key that anybody can guess.
    writeFileSync(file, "\n");
    await expect(openDesk(env)).rejects.toThrow(/damaged/);
    writeFileSync(file, newSecret());
    await expect(openDesk(env)).rejects.toThrow(KeyError);
    rmSync(file);
    await expect(openDesk(env)).rejects.toThrow(KeyError);
    writeFileSync(file, secret);
    chmodSync(file, 0o600);
    await closeDesk(await openDesk(env));
  });

  test("on a new store an empty one is refused too", async () => {
    const other = mkdtempSync(join(tmpdir(), "tokendesk-keys-"));
    writeFileSync(join(other, "secret"), "");
    await expect(openDesk(readEnv({ NODE_ENV: "test", TOKENDESK_DATA: other }))).rejects.toThrow(/damaged/);
    rmSync(other, { recursive: true });
  });
});
