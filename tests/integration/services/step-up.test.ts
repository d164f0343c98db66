import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes } from "@/lib/server/clock";
import { connect } from "@/lib/server/services/connections/connect";
import type { SessionContext } from "@/lib/server/services/context";
import { describeSession } from "@/lib/server/services/sessions/describe";
import { loadSession } from "@/lib/server/services/sessions/load";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { stepUp } from "@/lib/server/services/sessions/step-up";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { engines } from "../../support/desk";
import {
  codeOf,
  connectionOf,
  entriesSince,
  type HeldDesk,
  only,
  startHeldDesk,
  trail,
} from "../../support/held-desk";

/** A session left open must not be enough to take tokens out (ASVS 7.5.3). */
describe.each(engines)("step-up on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const proveAs = (ctx: SessionContext, password: string, connectionId = connectionOf(ctx).id) =>
    codeOf(stepUp(ctx, { connectionId, password }));
  const copyOne = async (ctx: SessionContext) => {
    const [token] = (await listTokens(ctx, {})).items;
    return copyToken(ctx, { id: token?.id ?? "", as: "raw" });
  };
  const stale = async (user: string) => {
    const ctx = await t.signedIn(user);
    await t.pass(minutes(16));
    return t.again(ctx);
  };

  test("signing in counts for a quarter of an hour, then copying wants the password again", async () => {
    const ctx = await t.signedIn("apiCrm");
    await t.pass(minutes(14));
    expect(await codeOf(copyOne(await t.again(ctx)))).toBe("ok");
    await t.pass(minutes(2));
    const before = (await trail(t)).length;
    await t.portal.clearCalls();
    const late = await t.again(ctx);
    expect(connectionOf(late)).toMatchObject({ state: "live" });
    expect(describeSession(late).connections[0]?.steppedUpUntil).toBeUndefined();
    await expect(copyOne(late)).rejects.toMatchObject({
      code: "step_up_required",
      facts: { connectionId: connectionOf(late).id },
    });
    expect(await entriesSince(t, before)).toEqual(["token.copy refused"]);
    const ids = (await listTokens(late, {})).items.map(({ id }) => id);
    expect(await codeOf(revokeTokens(late, { ids, reason: "unused" }))).toBe("step_up_required");
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);
  });

  test("the right password lets it go on, and the trail has it", async () => {
    const ctx = await stale("apiCrm");
    const before = (await trail(t)).length;
    const { password } = t.passwordOf("apiCrm");
    const { steppedUpUntil } = await stepUp(ctx, { connectionId: connectionOf(ctx).id, password });
    expect(Date.parse(steppedUpUntil)).toBe(t.clock.now() + minutes(15));
    expect(await entriesSince(t, before)).toEqual(["session.step_up ok"]);
    expect(await codeOf(copyOne(await t.again(ctx)))).toBe("ok");
  });

  test("one's own token will do as well, and is asked for next time", async () => {
    const ctx = await stale("apiCrm");
    const apiToken = t.simulator.seed.user("apiCrm").tokens[0] ?? "";
    await stepUp(ctx, { connectionId: connectionOf(ctx).id, apiToken });
    expect(connectionOf(await t.again(ctx)).provedBy).toBe("token");
  });

  test("another valid account proves nothing", async () => {
    // Otherwise a colleague at an unlocked screen could use their own password.
    await t.signedIn("ann");
    const ctx = await stale("apiCrm");
    const before = (await trail(t)).length;
    const apiToken = t.simulator.seed.user("ann").tokens[0] ?? "";
    expect(await codeOf(stepUp(ctx, { connectionId: connectionOf(ctx).id, apiToken }))).toBe(
      "step_up_failed",
    );
    expect(await proveAs(ctx, t.passwordOf("ann").password)).toBe("step_up_failed");
    expect(await entriesSince(t, before)).toEqual([
      "session.step_up_failed refused",
      "session.step_up_failed refused",
    ]);
    expect(await codeOf(copyOne(await t.again(ctx)))).toBe("step_up_required");
  });

  test("it holds for its connection, and in its session alone", async () => {
    const ctx = await t.signedIn("apiCrm");
    const { userName, password } = t.passwordOf("ann");
    await t.pass(1);
    await connect(ctx, { portal: "sim", username: userName, password });
    const { userName: sameUser, password: samePassword } = t.passwordOf("apiCrm");
    const other = await signIn(t.visitor(), { portal: "sim", username: sameUser, password: samePassword });
    await t.pass(minutes(16));
    const [first, second] = (await t.again(ctx)).session.connections;
    await stepUp(await t.again(ctx), { connectionId: first?.id ?? "", password: samePassword });
    const until = describeSession(await t.again(ctx)).connections.map(({ id, steppedUpUntil }) => [
      id,
      steppedUpUntil !== undefined,
    ]);
    expect(until).toEqual([
      [first?.id, true],
      [second?.id, false],
    ]);
    const elsewhere = await loadSession(t.desk, other.sid, true);
    if (!elsewhere) throw new Error("the other session has ended");
    expect(await codeOf(copyOne({ ...t.visitor(), session: elsewhere }))).toBe("step_up_required");
  });

  test("somebody else's connection is not there, and an ended one is to be renewed", async () => {
    const ann = await t.signedIn("ann");
    const crm = await t.signedIn("apiCrm");
    expect(await proveAs(ann, t.passwordOf("apiCrm").password, connectionOf(crm).id)).toBe("not_found");
    connectionOf(crm).state = "ended";
    expect(await proveAs(crm, t.passwordOf("apiCrm").password)).toBe("connection_ended");
  });

  test("guesses are throttled, apart from signing in; the session stays", async () => {
    const ctx = await stale("leadSupport");
    for (let i = 0; i < 5; i += 1) expect(await proveAs(ctx, "wrong")).toBe("step_up_failed");
    expect(await proveAs(ctx, t.passwordOf("leadSupport").password)).toBe("throttled");
    expect(await codeOf(t.signedIn("leadSupport"))).toBe("ok");
    expect(await codeOf(t.again(ctx))).toBe("ok");
  });

  test("a portal in trouble is no wrong guess", async () => {
    const ctx = await stale("apiReports");
    await t.portal.addFault({ endpoint: "login", kind: "status", status: 503, count: 4 });
    for (let i = 0; i < 4; i += 1) expect(await proveAs(ctx, "wrong")).toBe("portal_unavailable");
    for (let i = 0; i < 5; i += 1) expect(await proveAs(ctx, "wrong")).toBe("step_up_failed");
  });

  test("a session that was signed out meanwhile does not come back to life", async () => {
    const ctx = await stale("ann");
    await signOut(ctx);
    expect(await proveAs(ctx, t.passwordOf("ann").password)).toBe("session_ended");
    const row = only(
      await t.desk.db
        .selectFrom("connections")
        .select(["state", "sealed_credential"])
        .where("id", "=", connectionOf(ctx).id)
        .execute(),
    );
    expect(row).toEqual({ state: "ended", sealed_credential: null });
  });
});
