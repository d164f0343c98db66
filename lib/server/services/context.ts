import "server-only";
import { newId } from "../crypto";
import type { Desk } from "./desk";

/** Where a request comes from: its id, and the caller's address and browser, for the audit trail. */
export type Origin = { requestId: string; ip: string; userAgent: string };

/** The desk itself, where no person asked. */
export const deskOrigin = (): Origin => ({ requestId: newId("job"), ip: "", userAgent: "" });

/** What a use case without a session works with. */
export type DeskContext = { desk: Desk; from: Origin };

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
  provedBy: "password" | "token";
  provedAt: number;
  state: "live" | "ended";
  sealedCredential?: string;
};

/** What a call in an owner's name needs of a connection. */
export type OwnerConnection = Pick<
  SessionConnection,
  "id" | "portal" | "ownerId" | "sessionId" | "userName" | "sealedCredential"
>;

/** Who is signed in. Identity comes from here alone, never from input. */
export type ActiveSession = {
  id: string;
  ownerId: string;
  user: { portal: string; userId?: string; userName: string; fullName?: string };
  admin: boolean;
  connections: SessionConnection[];
  createdAt: number;
  lastActiveAt: number;
  expiresAt: number;
};

/** What a use case of a signed-in person works with. */
export type SessionContext = DeskContext & { session: ActiveSession };
