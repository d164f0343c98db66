import "server-only";
import type { Token, TokenSource } from "@/lib/contracts/tokens";
import { instantOf, withinPatience } from "../../clock";
import { DeskError } from "../../errors";
import { openRevocations } from "../../store/operations";
import { ownersByIds } from "../../store/owners";
import type { SessionConnection, SessionContext } from "../context";
import type { Desk } from "../desk";
import { syncOwner } from "../owners/sync";
import { ledOwners } from "../people/led";
import { asDeskError } from "../portals/refusal";
import { withRevocation } from "./describe";
import { describedTokens } from "./described";

/** All that the caller may see, and how current it is. */
export type TokenView = { items: Token[]; fetchedAt: string; stale: boolean; sources: TokenSource[] };

/**
 * The tokens of the caller's live connections and, for a lead, of their people. Each connection's list is asked
 * of the portal (or shared); one that does not answer within `patienceMs` leaves what is known, marked stale, and
 * goes on in the background.
 */
export async function viewTokens(
  ctx: SessionContext,
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
    asked.flatMap(({ source, ownerId }) =>
      source.state === "ended" ? [] : [[ownerId, source.connectionId]],
    ),
  );
  const ownerIds = [...new Set([...own.keys(), ...(led ?? []).map(({ owner }) => owner.id)])];
  const owners = await ownersByIds(desk.db, ownerIds);
  const described = await Promise.all(owners.map((owner) => describedTokens(desk, owner, own.get(owner.id))));
  const items = await withRevocations(desk, described.flat(), ownerIds);
  const fetched = sources.flatMap(({ fetchedAt }) => fetchedAt ?? []).sort();
  return {
    items,
    fetchedAt: fetched[0] ?? instantOf(desk.clock.now()),
    stale: sources.some(({ state }) => state === "stale"),
    sources,
  };
}

/** The tokens, those being revoked with how far that is. */
async function withRevocations({ db, clock }: Desk, tokens: Token[], ownerIds: string[]): Promise<Token[]> {
  if (!tokens.some(({ status }) => status === "revoking")) return tokens;
  const open = new Map((await openRevocations(db, ownerIds)).map((row) => [row.token_id, row]));
  const now = clock.now();
  return tokens.map((token) => withRevocation(token, open.get(token.id), now));
}

/** How current a connection's list is, and whose tokens it shows: another owner's id where they were just learned. */
async function refresh(
  ctx: SessionContext,
  connection: SessionConnection,
  patienceMs: number,
): Promise<{ source: TokenSource; ownerId: string }> {
  const { desk } = ctx;
  const { id: connectionId } = connection;
  const ended: TokenSource = { connectionId, state: "ended", error: "connection_ended" };
  if (connection.state === "ended") return { source: ended, ownerId: connection.ownerId };
  try {
    const list = await withinPatience(desk.clock, syncOwner(desk, connection), patienceMs);
    if (!list) throw new DeskError("portal_timeout");
    const source: TokenSource = { connectionId, state: "fresh", fetchedAt: instantOf(list.startedAt) };
    return { source, ownerId: list.ownerId };
  } catch (error) {
    const known = asDeskError(error, connectionId);
    if (!(known instanceof DeskError)) throw error;
    if (known.code === "connection_ended") return { source: ended, ownerId: connection.ownerId };
    const last = desk.synced.get(connection.ownerId);
    const source: TokenSource = {
      connectionId,
      state: "stale",
      fetchedAt: last === undefined ? undefined : instantOf(last.startedAt),
      error: known.code,
      retryAfter: known.facts.retryAfter,
    };
    return { source, ownerId: connection.ownerId };
  }
}
