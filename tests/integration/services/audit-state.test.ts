import { afterEach, describe, expect, test } from "vitest";
import { seconds } from "@/lib/server/clock";
import { startReaderThread } from "@/lib/server/services/audit/reader-thread";
import { tellAuditState } from "@/lib/server/services/audit/tell";
import { watchTrail } from "@/lib/server/services/audit/watch";
import { engines } from "../../support/desk";
import { codeOf, type HeldDesk, mint, startHeldDesk } from "../../support/held-desk";

describe.each(engines)("on %s, the state of a trail that is read for longer than anybody waits", (engine) => {
  let t: HeldDesk;
  afterEach(() => t?.stop());

  test("is told when it is known, and until then what it was before", async () => {
    t = await startHeldDesk(engine);
    const ctx = await t.signedIn("super");
    const { reader } = t.desk;
    const { verify } = reader;
    let begun = 0;
    reader.verify = async () => {
      begun += 1;
      const state = await verify();
      await t.clock.sleep(seconds(20));
      return state;
    };
    expect(await codeOf(t.finish(tellAuditState(ctx)))).toBe("audit_verifying");
    expect(await codeOf(t.finish(tellAuditState(ctx)))).toBe("audit_verifying");
    await t.pass(seconds(8));
    const first = await t.finish(tellAuditState(ctx));
    expect(first).toMatchObject({ ok: true, entries: expect.any(Number) });
    expect(first.verifying).toBeUndefined();
    expect(begun).toBe(1);

    // Whoever asks for as long as it takes begins no other; then there is another, and the first is told meanwhile.
    await mint(ctx, "Later");
    await t.pass(seconds(21));
    expect(await t.finish(tellAuditState(ctx))).toEqual({ ...first, verifying: true });
    await t.pass(seconds(13));
    const second = await t.finish(tellAuditState(ctx));
    expect(second.entries).toBeGreaterThan(first.entries);
    expect(begun).toBe(2);
  });

  test("is asked for again where the thread that reads it has died", async () => {
    t = await startHeldDesk(engine);
    await t.signedIn("super");
    // The bundler makes the file that it begins with; without it no thread begins.
    t.desk.reader = startReaderThread(t.desk);
    for (const _ of ["once", "again"]) await expect(watchTrail(t.desk)).rejects.toThrow();
    const asked = watchTrail(t.desk);
    const told = expect(asked).rejects.toThrow("store_unavailable");
    await t.desk.reader.close();
    await told;
    expect(t.desk.trail.verifying).toBeUndefined();
  });
});
