import { minutes } from "@/lib/server/clock";
import type { SessionContext } from "@/lib/server/services/context";
import { loadSession } from "@/lib/server/services/sessions/load";
import { listTokens } from "@/lib/server/services/tokens/list";
import type { ControlClient } from "@/lib/simulator/control-client";
import type { Engine } from "../../support/desk";
import { codeOf, type HeldDesk, startHeldDesk } from "../../support/held-desk";
import { comeToRest, violations } from "../../support/invariants";

/** Who works with the model's desk: an API user, and the lead who may revoke its tokens. */
export const people = ["apiCrm", "leadSales"] as const;
export type PersonKey = (typeof people)[number];

/** A mint or a delete that shows late does so after so many lists of its user at most. */
export const latestByLists = 3;

type Session = SessionContext & { sid: string };
/** A mint that was asked for, which may be asked for again under its key. */
export type Asked = {
  who: PersonKey;
  key: string;
  connectionId: string;
  count: number;
  operationId?: string;
};

/** The real thing that the commands work on, and what is remembered of it. */
export type World = {
  t: HeldDesk;
  portal: ControlClient;
  sessions: Map<PersonKey, Session>;
  /** Session ids that must not work any more. */
  ended: string[];
  asked: Asked[];
  copied: string[];
  planted: Set<string>;
  secrets: Set<string>;
  /** What no use case may ever answer. */
  complaints: string[];
};

/** What a command may count on without looking: who is signed in. */
export type Model = { signedIn: Set<PersonKey> };

export const firstModel = (): Model => ({ signedIn: new Set(["apiCrm"]) });

/** A desk where the API user has just signed in. */
export async function createWorld(engine: Engine): Promise<World> {
  const t = await startHeldDesk(engine);
  const { users } = t.simulator.seed;
  return {
    t,
    portal: t.portal,
    sessions: new Map([["apiCrm", await t.signedIn("apiCrm")]]),
    ended: [],
    asked: [],
    copied: [],
    planted: new Set(users.flatMap(({ tokens }) => tokens)),
    secrets: new Set(users.flatMap(({ password, tokens }) => [password, ...tokens])),
    complaints: [],
  };
}

/** The person's session as the next request would find it; undefined when it has ended by itself. */
export async function contextOf({ t, sessions }: World, who: PersonKey): Promise<Session | undefined> {
  const session = sessions.get(who);
  return session && t.again(session).catch(() => undefined);
}

/** Runs a use case to its answer, a refusal included; anything but a code of the desk's is a bug. */
export async function attempt<T>(world: World, task: Promise<T>): Promise<T | undefined> {
  const code = await world.t.finish(codeOf(task));
  if (code === "ok") return task;
  if (code.startsWith("not a code") || code === "internal") world.complaints.push(code);
  return undefined;
}

/** The ids of a user's records, in the order of the store's own. */
export async function recordsOf({ t }: World, userName: string): Promise<string[]> {
  const rows = await t.desk.db
    .selectFrom("tokens")
    .innerJoin("owners", "owners.id", "tokens.owner_id")
    .select("tokens.id")
    .where("owners.user_name", "=", userName)
    .orderBy("tokens.first_seen_at")
    .orderBy("tokens.id")
    .execute();
  return rows.map(({ id }) => id);
}

/** Everything that spoke against the invariants after all has come to rest. */
export async function judge(world: World): Promise<string[]> {
  const { t, portal, complaints, ended, copied, secrets } = world;
  await portal.clearFaults();
  await t.pass(minutes(6));
  const sessions = [];
  for (const who of people) sessions.push(await t.signedIn(who));
  // As the page does each minute: whose a token is that was revoked by its value, only its owner's list can tell; and what is
  // late by some lists would otherwise never come.
  for (let looks = 0; looks <= latestByLists; looks += 1) {
    await t.pass();
    for (const ctx of sessions) await t.finish(listTokens(ctx, {}));
  }
  await comeToRest(t.desk, async () => {
    await t.pass(minutes(1));
    await t.work();
  });
  await t.pass();
  for (const ctx of sessions) await t.finish(listTokens(ctx, {}));
  const calls = await portal.calls();
  const targets = calls.flatMap(({ endpoint, target }) => (endpoint === "revoke" && target ? [target] : []));
  for (const { tokens, authTokens } of (await portal.state()).users)
    for (const value of [...tokens, ...authTokens.map((authToken) => authToken.value)]) secrets.add(value);
  const found = await violations(t.desk, portal, {
    portalId: "sim",
    foreign: world.planted,
    mintCalls: calls.filter(({ endpoint }) => endpoint === "mint").length,
    deleteTargets: new Set(targets),
    copied,
    secrets,
  });
  for (const sid of ended)
    if (await loadSession(t.desk, sid, true)) found.push("I7 a session that was ended works");
  return [...found, ...complaints];
}
