import { timingSafeEqual } from "node:crypto";
import {
  type AuthToken,
  authTokenLifetimeMs,
  type PortalState,
  type PortalUser,
  stayLoggedInLifetimeMs,
} from "./model";
import { findToken, usable } from "./tokens";
import { findUserByName } from "./users";

/** True when this is the user's password, byte for byte. */
export function passwordMatches(user: PortalUser, password: string): boolean {
  const given = Buffer.from(password);
  const known = Buffer.from(user.password);
  return given.length === known.length && timingSafeEqual(given, known);
}

/** The enabled user whom this name and password sign in, or undefined. */
export function checkPassword(
  state: PortalState,
  userName: string,
  password: string,
): PortalUser | undefined {
  const user = findUserByName(state, userName);
  if (user === undefined || !user.enabled || !passwordMatches(user, password)) return undefined;
  return user;
}

/** Gives a user a new authToken: an hour from its last use, two weeks when it is to stay. */
export function openAuthToken(
  state: PortalState,
  userId: number,
  value: string,
  nowMs: number,
  stayLoggedIn: boolean,
): AuthToken {
  const lifetimeMs = stayLoggedIn ? stayLoggedInLifetimeMs : authTokenLifetimeMs;
  const authToken: AuthToken = { value, userId, lifetimeMs, expiresAt: nowMs + lifetimeMs };
  state.authTokens.set(value, authToken);
  return authToken;
}

/**
 * The user of a credential, be it an authToken or a permanent token; undefined when it is dead, late, or
 * its user is disabled. Moves an authToken's hour on only with `use`, so that looking changes nothing.
 */
export function userOfCredential(
  state: PortalState,
  credential: string,
  nowMs: number,
  use: boolean,
): PortalUser | undefined {
  const userId = ownerOf(state, credential, nowMs, use);
  const user = userId === undefined ? undefined : state.users.get(userId);
  return user?.enabled ? user : undefined;
}

function ownerOf(state: PortalState, credential: string, nowMs: number, use: boolean): number | undefined {
  const authToken = state.authTokens.get(credential);
  if (authToken !== undefined) {
    if (authToken.expiresAt <= nowMs) {
      state.authTokens.delete(credential);
      return undefined;
    }
    if (use) authToken.expiresAt = nowMs + authToken.lifetimeMs;
    return authToken.userId;
  }
  const token = findToken(state, credential, nowMs);
  return token !== undefined && usable(token, nowMs) ? token.userId : undefined;
}

/** Ends authTokens: all of them, or those of one user. Returns how many. */
export function expireAuthTokens(state: PortalState, userId?: number): number {
  let ended = 0;
  for (const [value, authToken] of state.authTokens) {
    if (userId !== undefined && authToken.userId !== userId) continue;
    state.authTokens.delete(value);
    ended += 1;
  }
  return ended;
}
