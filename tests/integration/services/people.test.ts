import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes } from "@/lib/server/clock";
import { connect } from "@/lib/server/services/connections/connect";
import { listPeople } from "@/lib/server/services/people/list";
import { describeSession } from "@/lib/server/services/sessions/describe";
import { findToken } from "@/lib/server/services/tokens/find";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { engines } from "../../support/desk";
import { codeOf, connectionOf, type HeldDesk, mint, only, startHeldDesk } from "../../support/held-desk";

describe.each(engines)("people on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  const names = async (ctx: Parameters<typeof listPeople>[0]) =>
    (await listPeople(ctx)).items.map(({ userName }) => userName.replace("@demo.example", "")).sort();

  test("a lead sees the users that the portal shows them, laid flat", async () => {
    const lena = await t.signedIn("leadSales");
    expect(await names(lena)).toEqual(["ann", "api-crm", "api-dialer", "ben", "lena.lead"]);
    const { items } = await listPeople(lena);
    expect(items.find(({ userName }) => userName.startsWith("ann"))).toMatchObject({
      connectionId: connectionOf(lena).id,
      portal: "sim",
      fullName: "Ann Weber",
      enabled: true,
    });
    expect(await names(await t.signedIn("super"))).toHaveLength(11);
  });

  test("somebody who leads nobody sees nobody, and the portal is not asked", async () => {
    const ann = await t.signedIn("ann");
    await t.portal.clearCalls();
    expect(await names(ann)).toEqual([]);
    expect(await t.portal.calls()).toEqual([]);
  });

  test("the portal is asked once a minute, however many ask", async () => {
    const lena = await t.signedIn("leadSales");
    await t.portal.clearCalls();
    await Promise.all(Array.from({ length: 10 }, () => listPeople(lena)));
    expect(await t.portal.calls({ endpoint: "users" })).toHaveLength(1);
    await t.pass(minutes(1));
    await listPeople(lena);
    expect(await t.portal.calls({ endpoint: "users" })).toHaveLength(2);
  });

  test("who is no lead any more is none here after a minute", async () => {
    const omar = await t.signedIn("leadSupport");
    expect(await names(omar)).toContain("cleo");
    await t.portal.changeUser("omar.lead@demo.example", { roles: ["USER"] });
    await t.pass(minutes(1));
    expect(await names(await t.again(omar))).toEqual([]);
    expect(describeSession(await t.again(omar)).connections[0]).toMatchObject({
      lead: false,
      roles: ["USER"],
    });
    await t.portal.changeUser("omar.lead@demo.example", { roles: ["USER", "MANAGE_USERS"] });
  });

  // Whoever was a lead until a minute ago knows the ids of their people's tokens.
  test("nor may they revoke what they could before", async () => {
    const cleo = await t.signedIn("cleo");
    const { id } = only(await mint(cleo, "Led"));
    const omar = await t.signedIn("leadSupport");
    expect((await findToken(omar, id)).role).toBe("lead");
    await t.portal.changeUser("omar.lead@demo.example", { roles: ["USER"] });
    await t.pass(minutes(1));
    await t.portal.clearCalls();
    const later = await t.again(omar);
    expect(await codeOf(revokeToken(later, { id, reason: "compromised" }))).toBe("not_found");
    expect(await codeOf(revokeTokens(later, { ids: [id], reason: "compromised" }))).toBe("not_found");
    expect(await t.portal.calls({ endpoint: "revoke" })).toEqual([]);
    await t.portal.changeUser("omar.lead@demo.example", { roles: ["USER", "MANAGE_USERS"] });
  });

  test("a portal in trouble is told, also beside a connection that leads nobody", async () => {
    const lena = await t.signedIn("leadSales");
    const { userName, password } = t.passwordOf("ann");
    await connect(lena, { portal: "sim", username: userName, password });
    await t.portal.addFault({ endpoint: "users", kind: "status", status: 503, count: 3 });
    expect(await t.finish(codeOf(listPeople(await t.again(lena))))).toBe("portal_unavailable");
    expect(await names(await t.again(lena))).toContain("ann");
  });
});
