import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "@/lib/server/crypto";
import { readEnv } from "@/lib/server/env";
import { foldName, isMeant, isSameName } from "@/lib/server/names";
import { listAudit } from "@/lib/server/services/audit/list";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { ownerByUser } from "@/lib/server/store/owners";
import { engines } from "../support/desk";
import { codeOf, type HeldDesk, startHeldDesk } from "../support/held-desk";

/*
 * Rights are given to names. Whoever can take a name at the portal that another one is folded to would be a desk admin, be let
 * in, or own somebody else's records.
 */

/** Each is another name, and lower-cased by Unicode, or under a database's rules, the same. */
const lookalikes: [name: string, other: string][] = [
  ["kim@demo.example", "\u212Aim@demo.example"],
  ["ångström@demo.example", "\u212Bngström@demo.example"],
  ["ιota@demo.example", "Ιota@demo.example"],
  ["müller@demo.example", "MÜLLER@demo.example"],
];

describe("a name", () => {
  test.each(lookalikes)("%s is not %s", (name, other) => {
    expect(isSameName(name, other)).toBe(false);
    expect(isMeant({ portal: "sim", userName: name }, { portal: "sim", userName: other })).toBe(false);
  });

  test("is the same in other capitals of ASCII, and itself", () => {
    expect(isSameName("Kim@Demo.example", "kim@demo.EXAMPLE")).toBe(true);
    expect(isSameName("MÜLLER@demo.example", "mÜller@demo.example")).toBe(true);
    expect(foldName("ÄBC")).toBe("Äbc");
  });

  test("is none of another portal, and nobody's where the portal tells none", () => {
    const rule = { portal: "sim", userName: "kim@demo.example" };
    expect(isMeant(rule, { portal: "vacd", userName: "kim@demo.example" })).toBe(false);
    expect(isMeant(rule, { portal: "sim" })).toBe(false);
    expect(isMeant({ portal: "sim", userId: "7" }, { portal: "sim", userName: "7" })).toBe(false);
  });
});

describe.each(engines)("on %s, whoever takes a name that looks alike at the portal", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    // The last two are shown as the first.
    const names = [
      "kim@demo.example",
      "\u212Aim@demo.example",
      "kim@demo.example\u00a0",
      "\ufeffkim@demo.example",
    ];
    const users = names.map((userName, index) => ({
      key: `kim${index}`,
      userName,
      newTokens: { prefixed: 2 },
    }));
    t = await startHeldDesk(engine, { simulator: { seed: { users } } });
  });
  afterAll(() => t?.stop());

  const withToken = (key: string) => t.signedInWith(t.simulator.seed.user(key).tokens[0] ?? "");
  const configured = (variables: Record<string, string>) => {
    const PORTALS = JSON.stringify(t.env.portals.filter(({ id }) => id === "sim"));
    const { allow, admins } = readEnv({ NODE_ENV: "test", PORTALS, ...variables });
    Object.assign(t.env, { allow, admins, loopback: false });
  };

  const tryAs = (key: string, ip: string, password?: string) => {
    const user = t.passwordOf(key);
    const input = { portal: "sim", username: user.userName, password: password ?? user.password };
    return codeOf(signIn(t.visitor(ip), input));
  };

  // Their own sign-in would forgive what they guessed at the other's.
  test("guesses five times, however often they sign in as themselves in between", async () => {
    let guessed = 0;
    for (let round = 0; round < 4; round += 1) {
      for (let index = 0; index < 4; index += 1)
        if ((await tryAs("kim0", "192.0.2.51", "wrong-wrong")) === "invalid_credentials") guessed += 1;
      await tryAs("kim1", "192.0.2.51");
    }
    expect(guessed).toBe(5);
  });

  test("takes back what they mistyped themselves, and so does the other", async () => {
    const ip = "192.0.2.52";
    for (const key of ["kim1", "kim1", "kim0", "kim0"])
      expect(await tryAs(key, ip, "wrong-wrong")).toBe("invalid_credentials");
    expect([await tryAs("kim1", ip), await tryAs("kim0", ip)]).toEqual(["ok", "ok"]);
    const codes: string[] = [];
    for (let index = 0; index < 6; index += 1) codes.push(await tryAs("kim0", ip, "wrong-wrong"));
    expect(codes.filter((code) => code === "throttled")).toHaveLength(1);
  });

  test("is another actor of the trail", async () => {
    await t.signedIn("kim0");
    await t.signedIn("kim1");
    configured({ TOKENDESK_ADMINS: "sim:kim@demo.example" });
    const admin = await t.signedIn("kim0");
    const namesBy = async (actor: string) => {
      const { items } = await listAudit(admin, { actor });
      return [...new Set(items.map((entry) => entry.actor.userName))];
    };
    expect(await namesBy("KIM@demo.example")).toEqual(["kim@demo.example"]);
    expect(await namesBy("\u212Aim@demo.example")).toEqual(["\u212Aim@demo.example"]);
    expect(await verifyAudit(t)).toMatchObject({ ok: true });
  });

  test("is no desk admin", async () => {
    configured({ TOKENDESK_ADMINS: "sim:Kim@demo.example" });
    for (const other of ["kim1", "kim2", "kim3"]) expect((await withToken(other)).session.admin).toBe(false);
    expect((await t.signedIn("kim0")).session.admin).toBe(true);
  });

  test("is not let in", async () => {
    configured({ TOKENDESK_ALLOW: "sim:user:KIM@demo.example" });
    for (const other of ["kim1", "kim2", "kim3"])
      expect(await codeOf(withToken(other))).toBe("not_allowed_here");
    expect(await codeOf(t.signedIn("kim0"))).toBe("ok");
  });

  test("is another owner, also to a store that knows the name without an id", async () => {
    const at = t.clock.now();
    const row = { full_name: null, merged_into: null, tokens_version: 0, created_at: at, user_id: null };
    const [first, second] = [newId("own"), newId("own")];
    const names = { [first]: "zoe@demo.example", [second]: "\u212Ay@demo.example" };
    for (const [id, user_name] of Object.entries(names))
      await t.desk.db
        .insertInto("owners")
        .values({ id, portal: "other", user_name, ...row })
        .execute();
    const found = async (userName: string) => (await ownerByUser(t.desk.db, "other", { userName }))?.id;
    expect(await found("ZOE@demo.example")).toBe(first);
    expect(await found("ky@demo.example")).toBeUndefined();
    expect(await found("\u212AY@demo.example")).toBe(second);
  });

  test("a rule may name the portal's id, which no name can take", async () => {
    const { userId } = t.simulator.seed.user("kim0");
    configured({ TOKENDESK_ALLOW: `sim:userId:${userId}`, TOKENDESK_ADMINS: `sim:userId:${userId}` });
    expect((await t.signedIn("kim0")).session.admin).toBe(true);
    expect(await codeOf(t.signedIn("kim1"))).toBe("not_allowed_here");
  });
});
