import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { fingerprint } from "@/lib/server/crypto";
import type { SessionContext } from "@/lib/server/services/context";
import { getOperation } from "@/lib/server/services/operations/get";
import { listPeople } from "@/lib/server/services/people/list";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { stepUp } from "@/lib/server/services/sessions/step-up";
import { checkToken } from "@/lib/server/services/tokens/check";
import { listTokens } from "@/lib/server/services/tokens/list";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { tokenById } from "@/lib/server/store/tokens";
import type { EndpointName, FaultInput } from "@/lib/simulator/fault-rules";
import { startSimulator } from "@/lib/simulator/start";
import { engines } from "../../support/desk";
import { faultyMint } from "../../support/faulty-mint";
import {
  codeOf,
  connectionOf,
  type HeldDesk,
  mint,
  only,
  startHeldDesk,
  trail,
} from "../../support/held-desk";

/** What may stand in a portal's place: a page, a gateway's JSON, nothing at all. */
const foreign: [
  string,
  (status: number) => Pick<FaultInput & { kind: "status" }, "kind" | "status" | "body">,
][] = [
  ["a page", (status) => ({ kind: "status", status, body: "<html>Sign on</html>" })],
  ["a gateway's JSON", (status) => ({ kind: "status", status, body: '{"message":"Forbidden"}' })],
  ["nothing", (status) => ({ kind: "status", status, body: "" })],
];
const statuses = [401, 403, 404, 407, 409];

/** Whatever answers in the portal's place says nothing about a person, a token or a right. */
describe.each(engines)("something that is no portal, on %s", (engine) => {
  let t: HeldDesk;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  beforeEach(() => t.renew());
  afterAll(() => t?.stop());

  const answers = async (
    endpoint: EndpointName | "any",
    fault: (typeof foreign)[number][1],
    status: number,
  ) => {
    await t.portal.clearFaults();
    await t.portal.addFault({ ...fault(status), endpoint, count: null } as FaultInput);
  };
  const last = async () => (await trail(t)).at(-1);

  describe.each(foreign)("%s", (_name, fault) => {
    test("is no wrong password, and counts as no try", async () => {
      const who = { portal: "sim", username: t.passwordOf("ann").userName };
      for (const status of [...statuses, ...statuses]) {
        await answers("any", fault, status);
        expect(await codeOf(signIn(t.visitor(), { ...who, password: "typed" }))).toBe(
          "portal_not_understood",
        );
        expect(await last()).toMatchObject({ result: "failed", detail: { code: "portal_not_understood" } });
      }
      await t.portal.clearFaults();
      expect(await codeOf(signIn(t.visitor(), { ...who, password: t.passwordOf("ann").password }))).toBe(
        "ok",
      );
    });

    test("is no refused token, and no failed step-up", async () => {
      const ctx = await t.signedIn("apiCrm");
      const connectionId = connectionOf(ctx).id;
      const apiToken = t.simulator.seed.user("apiCrm").tokens[0] ?? "";
      for (const status of [...statuses, ...statuses]) {
        await answers("any", fault, status);
        for (const task of [
          () => signIn(t.visitor(), { portal: "sim", apiToken }),
          () => stepUp(ctx, { connectionId, apiToken }),
          () => stepUp(ctx, { connectionId, password: "typed" }),
        ])
          expect(await codeOf(task())).toBe("portal_not_understood");
      }
      await t.portal.clearFaults();
      const { password } = t.passwordOf("apiCrm");
      expect(await codeOf(stepUp(ctx, { connectionId, password }))).toBe("ok");
    });

    test("ends no connection, and takes nothing from view", async () => {
      const ctx = await t.signedIn("apiCrm");
      const { items } = await listTokens(ctx, {});
      expect(items.length).toBeGreaterThan(0);
      for (const status of statuses) {
        await answers("any", fault, status);
        await t.pass(minutes(2));
        const late = await t.again(ctx);
        const list = await listTokens(late, {});
        expect(list.sources).toMatchObject([{ state: "stale", error: "portal_not_understood" }]);
        expect(list.items.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
        expect(connectionOf(late).state).toBe("live");
      }
      await t.portal.clearFaults();
      await t.pass(minutes(2));
      const fresh = await listTokens(await t.again(ctx), {});
      expect(fresh.sources).toMatchObject([{ state: "fresh" }]);
    });

    test("ends no revocation, which goes on when the portal is back", async () => {
      const ctx = await t.signedIn("apiCrm");
      for (const status of statuses) {
        await t.portal.clearFaults();
        const { id } = only(await mint(ctx, `Behind ${status}`));
        for (const endpoint of ["revoke", "any"] as const) {
          await answers(endpoint, fault, status);
          if (endpoint === "revoke") {
            const answer = await t.finish(revokeToken(ctx, { id, reason: "unused" }));
            expect(answer).toMatchObject({ state: "revoking", receipt: {} });
          }
          await t.pass(seconds(40));
          await t.work();
          expect(await tokenById(t.desk.db, id)).toMatchObject({ status: "revoking" });
        }
        await t.portal.clearFaults();
        await t.pass(minutes(1));
        await t.work();
        expect(await tokenById(t.desk.db, id)).toMatchObject({ status: "revoked" });
      }
    });

    test("does not say of a token that it is dead, nor of one that nobody here knows that it is gone", async () => {
      const ctx = await t.signedIn("leadSales");
      const { id } = only(await mint(ctx, "Alive"));
      const stranger = t.simulator.seed.user("apiCrm").tokens[1] ?? "";
      await answers("users", fault, 401);
      expect(await t.finish(checkToken(ctx, { id }))).toMatchObject({ result: "unknown" });
      await answers("revoke", fault, 404);
      const input = { portal: "sim", token: stranger, reason: "compromised" as const };
      const { operationId, state } = await t.finish(revokeByValue(ctx, input));
      expect(state).toBe("revoking");
      expect((await t.portal.user("api-crm@demo.example")).tokens).toContain(stranger);
      await t.portal.clearFaults();
      await t.pass(minutes(1));
      await t.work();
      expect((await getOperation(ctx, { id: operationId })).state).toBe("done");
      expect((await t.portal.user("api-crm@demo.example")).tokens).not.toContain(stranger);
    });

    test("takes no lead their people, and gives none", async () => {
      const lena = await t.signedIn("leadSales");
      const before = await listPeople(lena);
      expect(before.items.length).toBeGreaterThan(1);
      await answers("any", fault, 403);
      await t.pass(minutes(2));
      expect(await codeOf(listPeople(await t.again(lena)))).toBe("portal_not_understood");
      await t.portal.clearFaults();
      await t.pass(minutes(2));
      expect((await listPeople(await t.again(lena))).items).toEqual(before.items);
    });
  });

  const mints = faultyMint(() => t);
  test.each(statuses)(
    "a mint that a gateway answers %i is looked for, for the portal may have made it",
    async (status) => {
      const { ctx, had } = await mints.begin();
      await t.portal.addFault({ endpoint: "mint", kind: "html", status, effect: true });
      const answer = await t.finish(mints.ask(ctx));
      expect(await mints.state(ctx, answer)).toBe("checking");
      await t.pass(seconds(5));
      await t.work();
      expect(await mints.state(ctx, answer)).toBe("recovered");
      expect(await mints.atPortal()).toBe(had + 1);
    },
  );

  test("at a wrong base URL nobody's password is wrong, whatever the server there says", async () => {
    const simulator = await startSimulator();
    onTestFinished(() => simulator.stop());
    const baseUrl = simulator.baseUrl.replace(/\/api$/, "/elsewhere");
    const wrong = await startHeldDesk(engine, {
      env: { PORTALS: JSON.stringify([{ id: "wrong", name: "Wrong", baseUrl }]) },
    });
    onTestFinished(() => wrong.stop());
    const { userName: username, password } = simulator.seed.user("ann");
    const apiToken = simulator.seed.user("apiCrm").tokens[0] ?? "";
    for (let i = 0; i < 8; i += 1) {
      for (const credential of [{ username, password }, { apiToken }])
        expect(await codeOf(signIn(wrong.visitor(), { portal: "wrong", ...credential }))).toBe(
          "portal_not_understood",
        );
    }
  });

  test("where the base URL is wrong at the portal's own server, no token is gone, none is deleted, and it is told", async () => {
    const ctx = await t.signedIn("apiCrm");
    const { id } = only(await mint(ctx, "Elsewhere"));
    const stranger = t.simulator.seed.user("ann").tokens[0] ?? "";
    const warn = vi.spyOn(t.desk.log, "warn");
    onTestFinished(() => void vi.restoreAllMocks());
    const body = JSON.stringify({ generalMessage: "no", details: "", requestUri: "/x", timestamp: 1 });
    await t.portal.addFault({ endpoint: "any", kind: "status", status: 404, body, count: null });
    await t.pass(minutes(2));
    const late = await t.finish(t.again(ctx));
    const { sources } = await t.finish(listTokens(late, {}));
    expect(sources).toMatchObject([{ error: "portal_not_understood", trouble: "another_server" }]);
    expect(warn.mock.calls).toMatchObject([[{ portalId: "sim", status: 404, cause: "another_server" }, {}]]);
    const input = { portal: "sim", token: stranger, reason: "compromised" as const };
    expect(await t.finish(revokeByValue(late, input))).toMatchObject({ state: "revoking", receipt: {} });
    expect(await t.finish(revokeToken(late, { id, reason: "unused" }))).toMatchObject({
      state: "revoking",
      receipt: {},
    });
    await t.portal.clearFaults();
    await t.pass(minutes(1));
    await t.work();
    expect(await tokenById(t.desk.db, id)).toMatchObject({ status: "revoked" });
  });

  // By whatever means it is gone: the owner's own list, or the token itself, says so.
  test.each<[string, FaultInput]>([
    ["the users list is broken", { endpoint: "users", kind: "status", status: 500, count: null }],
    ["the users list is a page", { endpoint: "users", kind: "html", status: 401, count: null }],
    ["its delete is a page", { endpoint: "revoke", kind: "html", status: 404, count: null }],
  ])("a revocation of what is gone already ends, also where %s", async (_what, fault) => {
    const ctx = await t.signedIn("apiCrm");
    const { id } = only(await mint(ctx, "Gone"));
    const { tokens } = await t.portal.user("api-crm@demo.example");
    await t.portal.removeTokens(tokens.filter((value) => fingerprint(t.desk.keys, "sim", value) === id));
    await t.pass(minutes(4));
    await t.portal.addFault(fault);
    await t.finish(revokeToken(await t.finish(t.again(ctx)), { id, reason: "unused" }));
    for (let i = 0; i < 3; i += 1) {
      await t.pass(minutes(1));
      await t.work();
    }
    expect(await tokenById(t.desk.db, id)).toMatchObject({ status: "revoked" });
  });

  test("nobody's view or oversight lasts longer by it than by any other doubt about their credential", async () => {
    t.env.admins.push({ portal: "sim", userName: t.passwordOf("leadSales").userName });
    onTestFinished(() => void t.env.admins.pop());
    for (const fault of [
      { kind: "html", status: 200 },
      { kind: "html", status: 403 },
      { kind: "redirect", location: "/login" },
    ] as const) {
      await t.portal.clearFaults();
      const lena = await t.signedIn("leadSales");
      expect(lena.session.oversees).toBe(true);
      await t.portal.addFault({
        ...fault,
        endpoint: "any",
        count: null,
        userName: t.passwordOf("leadSales").userName,
      });
      await t.pass(minutes(16));
      const late = await t.finish(t.again(lena));
      expect(late.session.oversees).toBe(false);
      const { items, sources } = await t.finish(listTokens(late, {}));
      expect(items).toEqual([]);
      expect(sources).toMatchObject([{ state: "stale", withheld: true }]);
      expect(connectionOf(late).state).toBe("live");
    }
  });

  test("the log has one line a change, with the portal, the status and the cause", async () => {
    const ctx: SessionContext = await t.signedIn("apiCrm");
    const lines: unknown[] = [];
    for (const level of ["warn", "info"] as const)
      vi.spyOn(t.desk.log, level).mockImplementation((about: unknown) => void lines.push(about));
    onTestFinished(() => void vi.restoreAllMocks());
    const list = async () => {
      await t.pass(seconds(30));
      await t.finish(listTokens(ctx, {}));
    };
    const brief = () => lines.splice(0).map((line) => ({ ...(line as object), endpoint: undefined }));

    await answers("any", (status) => ({ kind: "status", status, body: "<html>" }), 403);
    for (let i = 0; i < 3; i += 1) {
      await list();
      await codeOf(signIn(t.visitor(), { portal: "sim", username: "ann", password: "x" }));
    }
    expect(brief()).toEqual([{ portalId: "sim", status: 403, cause: "another_server" }]);

    await t.portal.clearFaults();
    await t.portal.addFault({ endpoint: "any", kind: "status", status: 500, count: null });
    await list();
    await list();
    expect(brief()).toEqual([{ portalId: "sim", status: 500, cause: "server_error" }]);

    await t.portal.clearFaults();
    await t.portal.addFault({ endpoint: "any", kind: "reset-before", count: null });
    await list();
    await list();
    expect(brief()).toEqual([{ portalId: "sim", cause: "reset" }]);

    await t.portal.clearFaults();
    await t.pass(minutes(5));
    await list();
    await list();
    expect(brief()).toEqual([{ portalId: "sim" }]);
  });

  test("a stranger's value goes to nobody's log", async () => {
    const ctx = await t.signedIn("apiCrm");
    const value = t.simulator.seed.user("apiCrm").tokens[0] ?? "";
    const lines: unknown[] = [];
    vi.spyOn(t.desk.log, "warn").mockImplementation((...line: unknown[]) => void lines.push(line));
    onTestFinished(() => void vi.restoreAllMocks());
    await answers("revoke", (status) => ({ kind: "status", status, body: `<html>${value}` }), 404);
    await t.finish(revokeByValue(ctx, { portal: "sim", token: value, reason: "compromised" }));
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(value.slice(-12));
  });
});
