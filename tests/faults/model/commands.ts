import fc from "fast-check";
import { hours, minutes, seconds } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import type { SessionContext } from "@/lib/server/services/context";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { checkToken } from "@/lib/server/services/tokens/check";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import type { FaultInput } from "@/lib/simulator/fault-rules";
import { connectionOf } from "../../support/held-desk";
import {
  type Asked,
  attempt,
  contextOf,
  latestByLists,
  type Model,
  type PersonKey,
  people,
  recordsOf,
  type World,
} from "./world";

type Command = fc.AsyncCommand<Model, World>;

/** @param run what is done; a millisecond later than what was done before, as in life. */
const command = (
  name: string,
  run: (world: World, model: Model) => Promise<unknown>,
  check: (model: Model) => boolean = () => true,
): Command => ({
  check,
  async run(model, world) {
    await world.t.pass(1);
    await run(world, model);
  },
  toString: () => name,
});

/** A command of somebody who is signed in. */
const as = (who: PersonKey, name: string, run: (world: World, ctx: SessionContext) => Promise<unknown>) =>
  command(
    `${who} ${name}`,
    async (world) => {
      const ctx = await contextOf(world, who);
      if (ctx) await run(world, ctx);
    },
    ({ signedIn }) => signedIn.has(who),
  );

const crm = "api-crm@demo.example";
const pick = (list: string[], at: number): string | undefined => list[at % Math.max(1, list.length)];

async function mintAs(world: World, ctx: SessionContext, asked: Asked): Promise<void> {
  const input = { connectionId: asked.connectionId, label: "Modelled", count: asked.count };
  const answer = await attempt(world, mintTokens(ctx, { input, idempotencyKey: asked.key }));
  if (!answer) return;
  if (asked.operationId !== undefined && asked.operationId !== answer.operationId)
    world.complaints.push("I3 one key has two mints");
  asked.operationId = answer.operationId;
}

const beginMint = (world: World, ctx: SessionContext, count: number): Asked => {
  const asked: Asked = { who: "apiCrm", key: newId("key"), connectionId: connectionOf(ctx).id, count };
  world.asked.push(asked);
  return asked;
};

const person = fc.constantFrom(...people);
const index = fc.nat(30);

const signIn = person.map((who) =>
  command(`${who} signs in`, async (world, model) => {
    const before = await contextOf(world, who);
    const ctx = await attempt(world, world.t.signedIn(who));
    if (!ctx) return;
    if (before) await attempt(world, signOut(before));
    if (before) world.ended.push(before.sid);
    world.sessions.set(who, ctx);
    model.signedIn.add(who);
  }),
);

const signOutCommand = person.map((who) =>
  command(
    `${who} signs out`,
    async (world, model) => {
      const ctx = await contextOf(world, who);
      if (ctx) await attempt(world, signOut(ctx));
      world.ended.push(world.sessions.get(who)?.sid ?? "");
      world.sessions.delete(who);
      model.signedIn.delete(who);
    },
    ({ signedIn }) => signedIn.has(who),
  ),
);

const mint = fc
  .integer({ min: 1, max: 3 })
  .map((count) =>
    as("apiCrm", `mints ${count}`, (world, ctx) => mintAs(world, ctx, beginMint(world, ctx, count))),
  );

const mintTwice = fc.constant(
  as("apiCrm", "mints under one key twice at once", async (world, ctx) => {
    const asked = beginMint(world, ctx, 1);
    await Promise.all([mintAs(world, ctx, asked), mintAs(world, ctx, asked)]);
  }),
);

const mintAgain = index.map((at) =>
  as("apiCrm", `mints again under key ${at}`, async (world, ctx) => {
    const asked = world.asked[at % Math.max(1, world.asked.length)];
    if (asked) await mintAs(world, ctx, asked);
  }),
);

/** One of the API user's tokens, by whoever is signed in. */
const withToken = (
  name: string,
  run: (world: World, ctx: SessionContext, id: string) => Promise<unknown>,
  who: PersonKey = "apiCrm",
) =>
  index.map((at) =>
    as(who, `${name} token ${at}`, async (world, ctx) => {
      const id = pick(await recordsOf(world, crm), at);
      if (id) await run(world, ctx, id);
    }),
  );

const reason = "unused" as const;
const revokeOne = (world: World, ctx: SessionContext, id: string) =>
  attempt(world, revokeToken(ctx, { id, reason }));

const ofTokens = [
  withToken("labels", (world, ctx, id) => attempt(world, patchToken(ctx, { id, patch: { label: "Named" } }))),
  withToken("checks", (world, ctx, id) => attempt(world, checkToken(ctx, { id }))),
  withToken("copies", async (world, ctx, id) => {
    if (await attempt(world, copyToken(ctx, { id, as: "raw" }))) world.copied.push(id);
  }),
  withToken("revokes", revokeOne),
  withToken("revokes", revokeOne, "leadSales"),
];

const revokeMany = fc.tuple(person, index).map(([who, at]) =>
  as(who, `revokes four from ${at}`, async (world, ctx) => {
    const ids = (await recordsOf(world, crm)).slice(at % 7, (at % 7) + 4);
    if (ids.length > 0) await attempt(world, revokeTokens(ctx, { ids, reason }));
  }),
);

const revokeValue = fc.tuple(person, index).map(([who, at]) =>
  as(who, `revokes value ${at}`, async (world, ctx) => {
    const token = pick((await world.portal.user(crm)).tokens, at);
    if (token) await attempt(world, revokeByValue(ctx, { portal: "sim", token, reason }));
  }),
);

const look = person.map((who) => as(who, "looks", (world, ctx) => attempt(world, listTokens(ctx, {}))));

const atPortal = [
  fc.constant(
    command("somebody mints at the portal", async ({ portal, planted, secrets }) => {
      for (const value of await portal.addTokens(crm, { prefixed: 1 })) {
        planted.add(value);
        secrets.add(value);
      }
    }),
  ),
  index.map((at) =>
    command(`somebody deletes ${at} at the portal`, async ({ portal }) => {
      const value = pick((await portal.user(crm)).tokens, at);
      if (value) await portal.removeTokens([value]);
    }),
  ),
  person.map((who) =>
    command(`${who}'s authTokens expire`, async ({ portal, t }) =>
      portal.expireAuthTokens(t.passwordOf(who).userName),
    ),
  ),
];

const where = { count: fc.integer({ min: 1, max: 4 }), skip: fc.integer({ min: 0, max: 2 }) };
const endpoint = fc.constantFrom("mint" as const, "list" as const, "revoke" as const, "users" as const);
const effect = fc.boolean();
const fault: fc.Arbitrary<FaultInput> = fc.oneof(
  fc.record({ ...where, endpoint, kind: fc.constantFrom("reset-before" as const, "reset-after" as const) }),
  fc.record({ ...where, endpoint, kind: fc.constant("truncated" as const) }),
  fc.record({ ...where, endpoint, kind: fc.constant("hang" as const), count: fc.constant(1), effect }),
  fc.record({
    ...where,
    endpoint,
    kind: fc.constant("status" as const),
    status: fc.constantFrom(429, 500, 503),
    effect: fc.constant(false),
  }),
  fc.record({
    ...where,
    endpoint: fc.constantFrom("mint" as const, "revoke" as const),
    kind: fc.constant("status" as const),
    status: fc.constant(502),
    effect: fc.constant(true),
  }),
  fc.record({ ...where, endpoint: fc.constant("revoke" as const), kind: fc.constant("false" as const) }),
  fc.record({
    ...where,
    endpoint: fc.constant("revoke" as const),
    kind: fc.constant("late" as const),
    afterLists: fc.integer({ min: 1, max: latestByLists }),
  }),
);

const faults = fault.map((one) =>
  command(`fault ${JSON.stringify(one)}`, ({ portal }) => portal.addFault(one)),
);

/** The process dies while a POST or a DELETE is under way, before or after it took effect. */
const die = fc
  .record({ what: fc.constantFrom("mint" as const, "revoke" as const), effect, at: index })
  .map(({ what, effect: happened, at }) =>
    as(
      "apiCrm",
      `${what}s, and the desk is killed ${happened ? "after" : "before"} it`,
      async (world, ctx) => {
        const { t, portal } = world;
        await portal.clearFaults();
        await t.pass(minutes(6));
        const id = pick(await recordsOf(world, crm), at);
        if (what === "revoke" && !id) return;
        const since = (await portal.calls()).at(-1)?.seq ?? 0;
        await portal.addFault({ endpoint: what, kind: "hang", effect: happened });
        const task =
          what === "mint" ? mintAs(world, ctx, beginMint(world, ctx, 1)) : revokeOne(world, ctx, id ?? "");
        let over = false;
        const end = () => {
          over = true;
        };
        task.then(end, end);
        // It may be refused before anything is sent.
        while (!over && (await portal.calls({ endpoint: what, since })).length === 0) await t.pass(1);
        const complaints = world.complaints.length;
        await t.crash();
        await portal.clearFaults();
        await task.catch(() => undefined);
        // What the dead one would have answered nobody hears.
        world.complaints.length = complaints;
      },
    ),
  );

const process = [
  fc.constant(command("the desk is killed", ({ t }) => t.crash())),
  fc.constant(command("the desk restarts", ({ t }) => t.restart())),
  fc.constant(command("the worker works", ({ t }) => t.work())),
  fc
    .constantFrom(seconds(1), seconds(6), seconds(31), minutes(2), minutes(20))
    .map((ms) => command(`${ms / 1000} s pass`, ({ t }) => t.pass(ms))),
  fc
    .constantFrom(-2, -1, 1, 2)
    .map((count) =>
      command(`the clock is set by ${count} h`, async ({ t }) =>
        t.clock.setWall(t.clock.now() + hours(count)),
      ),
    ),
];

/** Everything that may happen, the common things more often. */
export const allCommands: fc.Arbitrary<Command>[] = [
  signIn,
  signIn,
  signOutCommand,
  mint,
  mint,
  mint,
  mintTwice,
  mintAgain,
  mintAgain,
  ...ofTokens,
  revokeMany,
  revokeValue,
  look,
  ...atPortal,
  faults,
  faults,
  faults,
  faults,
  die,
  die,
  ...process,
];
