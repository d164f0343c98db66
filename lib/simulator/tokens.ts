import { type Delay, hasCome, type PortalState, type PortalToken, type PortalUser } from "./model";
import { isAbove, isSuperUser } from "./users";

/** How a token comes or goes late. `affects` says what is late: the list, the use, or both. */
export interface Lateness {
  afterMs?: number;
  afterLists?: number;
  affects?: "both" | "list" | "use";
}

/** Adds a token to a user, at once or late. The value must be new. */
export function addToken(
  state: PortalState,
  userId: number,
  value: string,
  nowMs: number,
  late?: Lateness,
): PortalToken {
  const token: PortalToken = { value, userId };
  if (late !== undefined) {
    if (late.affects !== "use") token.listedFrom = delayFrom(late, nowMs);
    if (late.affects !== "list") token.usableFrom = delayFrom(late, nowMs);
  }
  state.tokens.set(value, token);
  return token;
}

/** Deletes a token, at once or late; deleting again what is going late changes nothing. */
export function removeToken(state: PortalState, token: PortalToken, nowMs: number, late?: Lateness): void {
  if (token.listedUntil !== undefined || token.usableUntil !== undefined) return;
  if (late === undefined) {
    state.tokens.delete(token.value);
    return;
  }
  const atOnce: Delay = {};
  token.listedUntil = late.affects === "use" ? atOnce : delayFrom(late, nowMs);
  token.usableUntil = late.affects === "list" ? atOnce : delayFrom(late, nowMs);
}

function delayFrom(late: Lateness, nowMs: number): Delay {
  const delay: Delay = {};
  if (late.afterMs !== undefined) delay.atMs = nowMs + late.afterMs;
  if (late.afterLists !== undefined) delay.listsLeft = late.afterLists;
  return delay;
}

const listed = (token: PortalToken, nowMs: number): boolean =>
  (token.listedFrom === undefined || hasCome(token.listedFrom, nowMs)) &&
  (token.listedUntil === undefined || !hasCome(token.listedUntil, nowMs));

/** True when the token works as a credential now. */
export const usable = (token: PortalToken, nowMs: number): boolean =>
  (token.usableFrom === undefined || hasCome(token.usableFrom, nowMs)) &&
  (token.usableUntil === undefined || !hasCome(token.usableUntil, nowMs));

/** The values that the portal's list shows for a user, oldest first. Counts nothing: see `noteListCall`. */
export function listTokens(state: PortalState, userId: number, nowMs: number): string[] {
  const values: string[] = [];
  for (const token of state.tokens.values()) {
    if (token.userId === userId && listed(token, nowMs)) values.push(token.value);
  }
  return values;
}

/** Counts one list call of this user towards the moments that wait for list calls. */
export function noteListCall(state: PortalState, userId: number): void {
  for (const token of state.tokens.values()) {
    if (token.userId !== userId) continue;
    for (const delay of [token.listedFrom, token.usableFrom, token.listedUntil, token.usableUntil]) {
      if (delay?.listsLeft !== undefined && delay.listsLeft > 0) delay.listsLeft -= 1;
    }
  }
}

/** The token of this value, or undefined when there is none or it has gone by now. */
export function findToken(state: PortalState, value: string, nowMs: number): PortalToken | undefined {
  const token = state.tokens.get(value);
  if (token === undefined) return undefined;
  const { listedUntil, usableUntil } = token;
  const gone =
    listedUntil !== undefined &&
    usableUntil !== undefined &&
    hasCome(listedUntil, nowMs) &&
    hasCome(usableUntil, nowMs);
  if (!gone) return token;
  state.tokens.delete(value);
  return undefined;
}

/**
 * Who may delete a token: its own user (with any credential, the token itself too) and every user above.
 * Source: the portal's guide, "API tokens"; that a super user may do so everywhere follows from the role.
 */
export function mayDelete(state: PortalState, actor: PortalUser, token: PortalToken): boolean {
  if (actor.userId === token.userId || isSuperUser(actor)) return true;
  const owner = state.users.get(token.userId);
  return owner !== undefined && isAbove(state, actor, owner);
}
