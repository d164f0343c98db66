import "server-only";
import type { Token, TokenSource } from "@/lib/contracts/tokens";
import { groupBy } from "@/lib/shared/group-by";
import { lateFrom } from "@/lib/shared/token-table/standing";
import { instantOf, withinPatience } from "../../clock";
import { DeskError } from "../../errors";
import { mapInSlices } from "../../slices";
import { ownersByIds, withMerged } from "../../store/owners";
import { openRevocations } from "../../store/revocations";
import type { OwnerTable } from "../../store/schema";
import { countRevokedSince, countsOfOwners, type Part } from "../../store/tokens";
import { confirmConnection } from "../connections/confirm";
import { isJudgedWithin, judgedLatelyMs, mayBeLate } from "../connections/judged";
import type { SessionConnection, SessionContext } from "../context";
import { type Described, type Desk, mostCharacters } from "../desk";
import { type OwnerList, syncOwner } from "../owners/sync";
import { ledOwners } from "../people/led";
import { asDeskError, isOutage } from "../portals/refusal";
import { withRevocation } from "./describe";
import { describedTokens, knownTokens } from "./described";

/** What the caller may see, and how current it is. */
export type TokenView = {
  items: Token[];
  fetchedAt: string;
  stale: boolean;
  sources: TokenSource[];
  /** How many were revoked lately, whether they are among the items or not. */
  revokedLately: number;
};

/**
 * Parts of the tokens of the caller's live connections and, for a lead, of their people. Each connection's list is asked
 * of the portal (or shared); one that does not answer within `patienceMs` leaves what is known, marked stale, and
 * goes on in the background.
 */
export async function viewTokens(
  ctx: SessionContext,
  parts: Part[],
  options: { connectionId?: string; patienceMs: number },
): Promise<TokenView> {
  const { desk } = ctx;
  const chosen = ctx.session.connections.filter(
    ({ id }) => options.connectionId === undefined || id === options.connectionId,
  );
  if (options.connectionId !== undefined && chosen.length === 0) throw new DeskError("not_found");

  const [led, ...asked] = await Promise.all([
    options.connectionId === undefined ? withinPatience(desk.clock, ledOwners(ctx), options.patienceMs) : [],
    ...chosen.map((connection) => refresh(ctx, connection, options.patienceMs)),
  ]);
  const sources = asked.map(({ source }) => source);
  const own = new Map(
    asked.flatMap(({ source, ownerId }) => (ownerId === undefined ? [] : [[ownerId, source.connectionId]])),
  );
  const all = [...new Set([...own.keys(), ...(led ?? []).map(({ owner }) => owner.id)])];
  const { shown, leftOut } = await firstOf(desk, all, parts);
  const described = await describeOwners(ctx, shown, parts, own);
  const leading = new Map((led ?? []).map(({ owner, connection }) => [owner.id, connection.id]));
  const cut = new Set([...leftOut, ...described.tooLarge].map((id) => own.get(id) ?? leading.get(id)));
  for (const source of sources)
    if (source.state === "fresh" && cut.has(source.connectionId))
      Object.assign(source, { state: "stale", error: "list_too_long" });
  const items = await withRevocations(ctx, described.tokens);
  const now = desk.clock.now();
  const fetched = sources.flatMap(({ fetchedAt }) => fetchedAt ?? []).sort();
  return {
    items,
    fetchedAt: fetched[0] ?? instantOf(now),
    stale: sources.some(({ state }) => state === "stale"),
    sources,
    revokedLately: await countRevokedSince(desk.db, all, lateFrom(now)),
  };
}

/** So many tokens are shown at once, beyond the first owner's: the desk holds all of them, and writes them in one answer. */
const mostTokens = 20_000;
/** A list of more than that is one of few at once. */
const mostOfAShortList = 1_000;

/** How many tokens the owners have that fit into one list, in their order, and those whose do not. */
async function firstOf(desk: Desk, ownerIds: string[], parts: Part[]) {
  const counts: Map<string, number>[] = [];
  for (const part of parts) counts.push(await countsOfOwners(desk.db, ownerIds, part));
  const shown = new Map<string, number>();
  const leftOut = new Set<string>();
  let total = 0;
  for (const id of ownerIds) {
    const count = counts.reduce((sum, each) => sum + (each.get(id) ?? 0), 0);
    if (count === 0) continue;
    if (total > 0 && total + count > mostTokens) leftOut.add(id);
    else {
      shown.set(id, count);
      total += count;
    }
  }
  return { shown, leftOut };
}

/** The tokens of these owners, one after the other; of whom all do not fit by their size, none is shown. */
async function describeOwners(
  ctx: SessionContext,
  shown: Map<string, number>,
  parts: Part[],
  own: Map<string, string>,
): Promise<{ tokens: Token[]; tooLarge: string[] }> {
  const { desk } = ctx;
  const ids = [...shown.keys()];
  const owners = new Map((await ownersByIds(desk.db, ids)).map((owner) => [owner.id, owner]));
  const inOrder = ids.flatMap((id) => owners.get(id) ?? []);
  const areKnown = (owner: OwnerTable) =>
    parts.every((part) => knownTokens(desk, owner, own.get(owner.id), part));
  const unknown = inOrder.filter((owner) => !areKnown(owner));
  const count = unknown.reduce((sum, { id }) => sum + (shown.get(id) ?? 0), 0);
  if (count > mostOfAShortList) ctx.onDone?.(await desk.room.enter(ctx.session.ownerId));
  const tokens: (readonly Token[])[] = [];
  const tooLarge: string[] = [];
  let total = 0;
  for (const owner of inOrder) {
    const described: Described[] = [];
    for (const part of parts) described.push(await describedTokens(desk, owner, own.get(owner.id), part));
    const size = described.reduce((sum, each) => sum + each.size, 0);
    if (total > 0 && total + size > mostCharacters) tooLarge.push(owner.id);
    else {
      tokens.push(...described.map((each) => each.tokens));
      total += size;
    }
  }
  return { tokens: tokens.flat(), tooLarge };
}

/** The tokens, those being revoked with how far that is. */
async function withRevocations({ desk, session }: SessionContext, tokens: Token[]): Promise<Token[]> {
  const ids = tokens.flatMap(({ id, status }) => (status === "revoking" ? id : []));
  if (ids.length === 0) return tokens;
  const open = groupBy(await openRevocations(desk.db, ids), ({ token_id }) => token_id);
  const actors = await withMerged(desk.db, [session.ownerId]);
  const now = desk.clock.now();
  return mapInSlices(tokens, (token) => withRevocation(token, open.get(token.id), actors, now));
}

/**
 * How current a connection's list is, and whose tokens it shows: another owner's where they were just learned, nobody's
 * where the connection has ended, or the portal could not be asked about it for too long.
 */
async function refresh(
  ctx: SessionContext,
  connection: SessionConnection,
  patienceMs: number,
): Promise<{ source: TokenSource; ownerId?: string }> {
  const { desk } = ctx;
  const { id: connectionId } = connection;
  const ended: TokenSource = { connectionId, state: "ended", error: "connection_ended" };
  if (connection.state === "ended") return { source: ended };
  try {
    const list = await withinPatience(desk.clock, listOn(desk, connection), patienceMs);
    if (!list) throw new DeskError("portal_timeout");
    const source: TokenSource = { connectionId, state: "fresh", fetchedAt: instantOf(list.startedAt) };
    return { source, ownerId: list.ownerId };
  } catch (error) {
    const known = asDeskError(error, connectionId);
    if (!(known instanceof DeskError)) throw error;
    if (known.code === "connection_ended") return { source: ended };
    const last = desk.synced.get(connection.ownerId);
    const source: TokenSource = {
      connectionId,
      state: "stale",
      fetchedAt: last === undefined ? undefined : instantOf(last.startedAt),
      error: known.code,
      retryAfter: known.facts.retryAfter,
      trouble: known.facts.trouble,
    };
    return mayBeLate(desk, connection, isOutage(error))
      ? { source, ownerId: connection.ownerId }
      : { source: { ...source, withheld: true } };
  }
}

/**
 * The owner's list, which may be one that somebody else asked for; then the portal judges the caller's own credential.
 * @throws DeskError `connection_ended`, the portal's trouble
 */
async function listOn(desk: Desk, connection: SessionConnection): Promise<OwnerList> {
  const list = await syncOwner(desk, connection);
  if (!list.shared || isJudgedWithin(desk, connection, judgedLatelyMs)) return list;
  const standing = await confirmConnection(desk, connection);
  if (standing.state === "unasked") throw standing.trouble;
  if (standing.state === "ended") throw new DeskError("connection_ended", { connectionId: connection.id });
  return list;
}
