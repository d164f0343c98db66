import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { readEnv } from "@/lib/server/env";
import { closeDesk, openDesk } from "@/lib/server/services/desk";
import { KeyError } from "@/lib/server/services/keys/key-error";
import { sealedValueOf } from "@/lib/server/services/operations/values";
import { lockStore } from "@/lib/server/store/lock";
import { tokenById } from "@/lib/server/store/tokens";
import { runCommand } from "../../support/command";
import { type Engine, engines, startTestDesk, type TestDesk } from "../../support/desk";
import { mint, only, trail } from "../../support/held-desk";

const script = "scripts/change-secret.ts";

describe.each(engines)("changing the secret on %s", (engine: Engine) => {
  let t: TestDesk;
  let secret: string;
  let tokenId: string;
  let value: string | undefined;
  beforeAll(async () => {
    t = await startTestDesk(engine);
    secret = t.env.secret ?? "";
    tokenId = only(await mint(await t.signedIn("ann"), "Kept")).id;
    value = await sealedValue();
    expect(value).toBeTruthy();
  });
  afterAll(() => t?.stop());

  const sealedValue = async () => {
    const row = await tokenById(t.desk.db, tokenId);
    return row && sealedValueOf(t.desk, row);
  };
  const configuration = (more: Record<string, string | undefined>) => ({
    TOKENDESK_DATA: t.env.dataDir,
    DATABASE_URL: t.env.databaseUrl,
    TOKENDESK_SECRET: secret,
    ...more,
  });
  const change = (next: string, how: { dieAtStep?: number; asNpm?: boolean } = {}) =>
    runCommand(script, configuration({ TOKENDESK_NEW_SECRET: next }), how);
  const opens = async (candidate: string) => {
    try {
      await closeDesk(await openDesk({ ...t.env, secret: candidate }));
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(KeyError);
      return false;
    }
  };

  test("keeps every record readable, is in the trail, and refuses the old one", async () => {
    const old = secret;
    const next = newSecret();
    const { code, output } = await change(next, { asNpm: true });
    expect([code, output]).toEqual([0, expect.stringContaining("The secret is changed.")]);
    // Whoever reads a terminal, a journal or a ticket must not find either there.
    for (const hidden of [old, next]) expect(output).not.toContain(hidden);
    expect([await opens(old), await opens(next)]).toEqual([false, true]);
    secret = next;
    t.env.secret = next;
    await t.restart();
    expect(await sealedValue()).toBe(value);
    expect((await trail(t)).at(-1)).toMatchObject({
      action: "keys.secret_change",
      result: "ok",
      actor: { userName: "Tokendesk" },
    });
    // The same people, sessions and tokens: nothing but one row is another.
    expect((await mint(await t.signedIn("ann"), "After")).length).toBe(1);
  });

  // Killed anywhere, the store must open with exactly one of the two: with none, every token record is lost.
  test("killed at every step it is whole, and done when it is run again", async () => {
    let killed = 0;
    let changes = 0;
    for (let step = 1; ; step += 1) {
      const next = newSecret();
      const { code, output } = await change(next, { dieAtStep: step });
      if (code === 0) {
        secret = next;
        break;
      }
      expect([code, output]).toEqual([null, ""]);
      killed += 1;
      const isChanged = await opens(next);
      expect(await opens(secret)).toBe(!isChanged);
      if (!isChanged) continue;
      // Who did not see its end runs it again.
      const again = await change(next);
      expect([again.code, again.output]).toEqual([0, expect.stringContaining("had been changed already")]);
      changes += 1;
      secret = next;
    }
    expect(killed).toBeGreaterThan(4);
    expect(changes).toBeGreaterThan(0);
    t.env.secret = secret;
    await t.restart();
    expect(await sealedValue()).toBe(value);
    const entries = (await trail(t)).filter(({ action }) => action === "keys.secret_change");
    // One entry for each change that took place, whole or interrupted after its commit; none twice.
    expect(entries).toHaveLength(changes + 2);
  }, 300_000);

  test("wants the desk stopped, the right old one, and a new one that is new and long enough", async () => {
    const release = await lockStore(t.env, () => {});
    expect(await change(newSecret())).toEqual({
      code: 1,
      output: expect.stringMatching(/^npm run secret:change: (another|a) Tokendesk works on this .*\n$/),
    });
    await release();
    const wrong: [Record<string, string | undefined>, RegExp][] = [
      [
        { TOKENDESK_SECRET: newSecret(), TOKENDESK_NEW_SECRET: newSecret() },
        /TOKENDESK_SECRET is not the one/,
      ],
      [{ TOKENDESK_NEW_SECRET: undefined }, /TOKENDESK_NEW_SECRET .* is required/],
      [{ TOKENDESK_NEW_SECRET: "short-canary" }, /TOKENDESK_NEW_SECRET wants at least 32/],
      [{ TOKENDESK_NEW_SECRET: secret }, /has already/],
      [{ TOKENDESK_NEW_SECRET_FILE: "/nowhere/at/all" }, /TOKENDESK_NEW_SECRET_FILE cannot be read/],
    ];
    for (const [env, reason] of wrong) {
      const { code, output } = await runCommand(script, configuration(env));
      expect([code, output]).toEqual([1, expect.stringMatching(reason)]);
      expect(output.trim().split("\n")).toHaveLength(1);
      expect(output).not.toContain("canary");
    }
    expect(await opens(secret)).toBe(true);
  }, 120_000);

  test("takes the new one from a file", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "tokendesk-secret-")), "new");
    const next = newSecret();
    writeFileSync(file, `${next}\n`);
    expect(await runCommand(script, configuration({ TOKENDESK_NEW_SECRET_FILE: file }))).toMatchObject({
      code: 0,
    });
    expect([await opens(secret), await opens(next)]).toEqual([false, true]);
    secret = next;
  });
});

describe("changing the secret that a desk keeps for itself", () => {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-own-"));
  const file = join(folder, "secret");
  const env = readEnv({ NODE_ENV: "test", TOKENDESK_DATA: folder });
  const read = () => readFileSync(file, "utf8").trim();
  const change = (dieAtStep?: number) => runCommand(script, { TOKENDESK_DATA: folder }, { dieAtStep });
  const keyId = async () => {
    const desk = await openDesk(env);
    await closeDesk(desk);
    return desk.keys.id;
  };
  afterEach(() => expect(readdirSync(folder).filter((name) => /^secret\.next$/.test(name))).toEqual([]));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("makes a new one in its file, readable by its owner alone", async () => {
    const id = await keyId();
    const old = read();
    const { code, output } = await change();
    expect([code, output]).toEqual([0, expect.stringContaining(file)]);
    expect(read()).not.toBe(old);
    expect(output).not.toContain(read());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await keyId()).toBe(id);
    await expect(openDesk({ ...env, secret: old })).rejects.toThrow(KeyError);
  });

  // File and row cannot change in one step: whichever of them is ahead, the desk has to start.
  test("killed at every step, the desk starts", async () => {
    const id = await keyId();
    let killed = 0;
    let between = 0;
    for (let step = 1; ; step += 1) {
      const { code } = await change(step);
      if (code === 0) break;
      killed += 1;
      if (existsSync(join(folder, "secret.next"))) between += 1;
      expect(await keyId()).toBe(id);
      await expect(openDesk({ ...env, secret: newSecret() })).rejects.toThrow(KeyError);
    }
    expect(killed).toBeGreaterThan(6);
    expect(between).toBeGreaterThan(3);
    expect(await keyId()).toBe(id);
  }, 300_000);
});
