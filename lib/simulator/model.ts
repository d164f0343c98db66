/** What the stand-in portal knows. Plain data, so that it can be dumped, saved and compared. */

/** A user of the portal. The tree hangs on `parentId`; a user without one is a root. */
export interface PortalUser {
  userId: number;
  /** A short name of the seed's, by which tests and scripts ask for this user; never on the wire. */
  key: string;
  /** The sign-in name, an e-mail address; compared without case. */
  userName: string;
  firstName: string;
  lastName: string;
  enabled: boolean;
  parentId: number | null;
  /** Role types, for example `USER`, `MANAGE_USERS`, `SUPER_USER`, `NO_ACCESS`. */
  roles: string[];
  password: string;
}

export interface PortalAccount {
  accountId: string;
  accountName: string;
  mainAccountId: string;
  mainAccountName: string;
}

/**
 * A moment that something waits for: a time on the simulator's clock, a number of list calls by the
 * token's owner, or both. It has come when every part given has come.
 */
export interface Delay {
  /** Milliseconds since the epoch, on the simulator's clock. */
  atMs?: number;
  /** List calls still to be answered before it. */
  listsLeft?: number;
}

/** A permanent token. The four moments exist only where a fault made the token late. */
export interface PortalToken {
  value: string;
  userId: number;
  listedFrom?: Delay;
  usableFrom?: Delay;
  listedUntil?: Delay;
  usableUntil?: Delay;
}

/** The temporary credential that signing in gives. */
export interface AuthToken {
  value: string;
  userId: number;
  /** Milliseconds since the epoch, moved on by every use. */
  expiresAt: number;
  /** How long one use keeps it alive. */
  lifetimeMs: number;
}

export interface PortalState {
  users: Map<number, PortalUser>;
  accounts: PortalAccount[];
  /** Permanent tokens by value, in the order in which they were made. */
  tokens: Map<string, PortalToken>;
  authTokens: Map<string, AuthToken>;
}

const hourMs = 3_600_000;
/** An authToken lasts an hour from its last use, two weeks with `stayLoggedIn=true`. */
export const authTokenLifetimeMs = 1 * hourMs;
export const stayLoggedInLifetimeMs = 14 * 24 * hourMs;

/** A portal without users. */
export function emptyState(): PortalState {
  return { users: new Map(), accounts: [], tokens: new Map(), authTokens: new Map() };
}

/** True when the moment has come. */
export function hasCome(delay: Delay, nowMs: number): boolean {
  return (delay.atMs ?? 0) <= nowMs && (delay.listsLeft ?? 0) <= 0;
}
