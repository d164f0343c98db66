import { fingerprint } from "@/lib/server/crypto";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import type { Desk } from "@/lib/server/services/desk";
import type { AuditBody } from "@/lib/server/store/audit";
import type { Db, OperationItemTable, TokenTable } from "@/lib/server/store/schema";
import type { ControlClient } from "@/lib/simulator/control-client";

/*
 * What must hold once everything has come to rest, whatever died or lied before: security.md, "Invariants". The
 * crash test and the model test compare portal, store and audit trail by these.
 */

/** What a test knows of its own doing. */
export type Story = {
  portalId: string;
  /** Values that were there before the desk, or that somebody made at the portal. */
  foreign: Set<string>;
  /** Calls of mint that reached the portal, over all runs of the desk. */
  mintCalls: number;
  /** Fingerprints, as the portal's log has them, of the tokens that it was asked to delete. */
  deleteTargets: Set<string>;
  /** Ids of tokens whose value was given out. */
  copied: string[];
  /** Values that must stand nowhere: tokens, passwords, authTokens. */
  secrets: Set<string>;
  /** What the desk printed. */
  output?: string;
};

/** The violations, one line each; none when all is well. */
export async function violations(desk: Desk, portal: ControlClient, story: Story): Promise<string[]> {
  const { db } = desk;
  const tokens = await db.selectFrom("tokens").selectAll().execute();
  const items = await db.selectFrom("operation_items").selectAll().execute();
  const trail = (await db.selectFrom("audit").select("body").orderBy("seq").execute()).map(
    ({ body }): AuditBody => JSON.parse(body),
  );
  const { users } = await portal.state();
  const there = new Map<string, string>();
  for (const user of users)
    for (const value of [...user.tokens, ...user.listed])
      there.set(fingerprint(desk.keys, story.portalId, value), value);
  return [
    ...nothingLost(tokens, items, there, story),
    ...revokedIsGone(tokens, there),
    ...onePostForEach(items, story),
    ...copiedIsOnRecord(trail, story),
    ...deletesAreAskedFor(trail, story),
    ...(await trailProvesItself(desk)),
    ...(await nothingLeaks(db, story)),
    ...everythingEnded(items, tokens),
    ...eachOutcomeOnce(trail, items),
  ].sort();
}

type Item = OperationItemTable;

/** I1: what exists at the portal is known here; what we minted under its name, unless nobody could tell which it was. */
function nothingLost(tokens: TokenTable[], items: Item[], there: Map<string, string>, { foreign }: Story) {
  const known = new Map(tokens.map((token) => [token.id, token]));
  const found: string[] = [];
  let unnamed = 0;
  for (const [id, value] of there) {
    const token = known.get(id);
    if (foreign.has(value)) continue;
    if (!token) found.push(`I1 minted, and not known to the desk: ${id}`);
    else if (token.status === "unclaimed") unnamed += 1;
    else if (token.status === "disappeared") found.push(`I1 called disappeared, and there: ${id}`);
  }
  const undecided = items.filter(({ kind, error }) => kind === "mint" && error === "ambiguous").length;
  if (unnamed > undecided) found.push(`I1 ${unnamed} minted tokens lost their name, ${undecided} may have`);
  for (const { kind, state, token_id } of items)
    if (kind === "mint" && ["done", "recovered"].includes(state) && !known.has(token_id ?? ""))
      found.push(`I1 a mint is ${state} and its token has no record: ${token_id}`);
  return found;
}

/** I2: what is called revoked is gone. */
const revokedIsGone = (tokens: TokenTable[], there: Map<string, string>) =>
  tokens
    .filter(({ id, status }) => status === "revoked" && there.has(id))
    .map(({ id }) => `I2 called revoked, and there: ${id}`);

/** I3: an item of a mint is sent once at most; an idempotency key has one mint (the store's own constraint). */
function onePostForEach(items: Item[], { mintCalls }: Story): string[] {
  const sent = items.filter(({ kind, last_try_at }) => kind === "mint" && last_try_at !== null).length;
  return mintCalls > sent ? [`I3 ${mintCalls} POSTs for ${sent} tokens`] : [];
}

/** I4: no value was given out without an intent on record. */
function copiedIsOnRecord(trail: AuditBody[], { copied }: Story): string[] {
  const intents = new Map<string, number>();
  for (const { action, result, target } of trail)
    if (action === "token.copy" && result === "intent")
      intents.set(target?.tokenId ?? "", (intents.get(target?.tokenId ?? "") ?? 0) + 1);
  return copied.flatMap((id) => {
    const left = intents.get(id) ?? 0;
    intents.set(id, left - 1);
    return left > 0 ? [] : [`I4 copied without an intent: ${id}`];
  });
}

/**
 * I5: the chain and its checkpoints verify, and every intent has ended. What a person copies in the moment that the
 * process dies has no end: that it was asked for is what must be on record.
 */
async function trailProvesItself(desk: Desk): Promise<string[]> {
  const { ok, brokenAt, unfinished } = await verifyAudit({ desk });
  const open = unfinished.filter(({ body }) => body.action !== "token.copy");
  return [
    ...(ok ? [] : [`I5 the trail does not verify from ${brokenAt} on`]),
    ...open.map(({ seq, body }) => `I5 without an end: ${body.action}, entry ${seq}`),
  ];
}

/** I8: nothing is deleted that nobody asked for. */
function deletesAreAskedFor(trail: AuditBody[], { deleteTargets }: Story): string[] {
  const intents = trail.filter(({ action, result }) => action === "token.revoke" && result === "intent");
  const asked = new Set(intents.map(({ target }) => target?.tokenId)).size;
  return deleteTargets.size > asked ? [`I8 ${deleteTargets.size} tokens deleted, ${asked} asked for`] : [];
}

const tables = [
  "meta",
  "owners",
  "sessions",
  "connections",
  "tokens",
  "operations",
  "operation_items",
  "audit",
  "sign_in_failures",
] as const;

/** I6: no secret stands in the store or in what was printed, but sealed. */
async function nothingLeaks(db: Db, { secrets, output = "" }: Story): Promise<string[]> {
  const found: string[] = [];
  const places: [string, string][] = [["the output", output]];
  for (const table of tables)
    places.push([table, JSON.stringify(await db.selectFrom(table).selectAll().execute())]);
  for (const [place, text] of places)
    if ([...secrets].some((secret) => text.includes(secret))) found.push(`I6 a secret stands in ${place}`);
  return found;
}

/** What was asked for has come to an end, and nothing sealed is left of it. */
function everythingEnded(items: Item[], tokens: TokenTable[]): string[] {
  const found: string[] = [];
  for (const { kind, state, error, operation_id, position, sealed_value } of items) {
    if (["pending", "sending", "checking"].includes(state))
      found.push(`a ${kind} is still ${state} (${error}): ${operation_id}/${position}`);
    else if (sealed_value !== null)
      found.push(`a ${kind} is over and keeps a value: ${operation_id}/${position}`);
  }
  for (const { id, status, sealed_value } of tokens) {
    if (status === "revoking") found.push(`revoking, and nobody is at it: ${id}`);
    if (status === "revoked" && sealed_value !== null) found.push(`revoked, and a copy is kept: ${id}`);
  }
  return found;
}

/** What came of each token of an operation is reported once: none lost, none twice. */
function eachOutcomeOnce(trail: AuditBody[], items: Item[]): string[] {
  const reported = new Map<string, number>();
  for (const { action, result, operationId, target } of trail) {
    if (result !== "ok" || !["token.mint", "token.recover", "token.revoke"].includes(action)) continue;
    const key = `${operationId} ${target?.tokenId}`;
    reported.set(key, (reported.get(key) ?? 0) + 1);
  }
  return items
    .filter(({ state }) => state === "done" || state === "recovered")
    .map(({ operation_id, token_id }) => `${operation_id} ${token_id}`)
    .flatMap((key) => (reported.get(key) === 1 ? [] : [`reported ${reported.get(key) ?? 0} times: ${key}`]));
}

/**
 * Lets everything that is under way come to its end.
 * @param round takes all kinds of work one step further, some time later.
 */
export async function comeToRest(desk: Desk, round: () => Promise<void>): Promise<void> {
  for (let i = 0; i < 40; i += 1) {
    await round();
    const open = await desk.db
      .selectFrom("operation_items")
      .select("state")
      .where("state", "in", ["pending", "sending", "checking"])
      .limit(1)
      .execute();
    if (open.length === 0) return;
  }
}
