import "server-only";
import { newId } from "../crypto";
import type { DeskError } from "../errors";
import type { Lasting } from "../room";
import type { Desk } from "./desk";

/** Where a request comes from: its id, and the caller's address and browser, for the audit trail. */
export type Origin = { requestId: string; ip: string; userAgent: string };

/** The desk itself, where no person asked. */
export const deskOrigin = (): Origin => ({ requestId: newId("job"), ip: "", userAgent: "" });

/** What a use case without a session works with. */
export type DeskContext = { desk: Desk; from: Origin } & Lasting;

/** A connection of the session: a portal user, and the sealed credential that acts for them. */
export type SessionConnection = {
  id: string;
  sessionId: string;
  portal: string;
  ownerId: string;
  userId?: string;
  userName: string;
  fullName?: string;
  roles: string[];
  rolesAt: number;
  /** The numbers of the accounts that the portal said the user belongs to. */
  accounts?: string[];
  provedBy: "password" | "token";
  provedAt: number;
  state: "live" | "ended";
  sealedCredential?: string;
  /** Why nothing is given on it now, though it is live: the portal could not be asked about it for too long. */
  unjudged?: DeskError;
  /** Why its user leads nobody now, though they did when the portal was last asked. */
  unled?: DeskError;
};

/** What a call in an owner's name needs of a connection. */
export type OwnerConnection = Pick<
  SessionConnection,
  "id" | "portal" | "ownerId" | "sessionId" | "userName" | "provedBy" | "sealedCredential"
>;

/** Of whose share of the portal's calls those on a connection are: a token may have leaked, and takes none of its owner's. */
export const shareOf = ({ ownerId, provedBy }: Pick<SessionConnection, "ownerId" | "provedBy">): string =>
  `${ownerId} ${provedBy}`;

/**
 * Who is signed in. Identity comes from here alone, never from input: whoever opened the session, while a connection of
 * theirs is good, else the user of the first that is.
 */
export type ActiveSession = {
  id: string;
  ownerId: string;
  /** Whoever opened it, whose connection may have ended since. */
  openerId: string;
  user: { portal: string; userId?: string; userName: string; fullName?: string };
  /** A desk admin, as the portal and the present configuration have it now. */
  admin: boolean;
  /** Reads the whole trail and ends anybody's session: an admin, also while the portal cannot be asked. */
  oversees: boolean;
  connections: SessionConnection[];
  createdAt: number;
  lastActiveAt: number;
  expiresAt: number;
};

/** What a use case of a signed-in person works with. */
export type SessionContext = DeskContext & { session: ActiveSession };
