import "server-only";
import type { PortalUser } from "../../portal/client";

/** A connection's people as the portal showed them at a time of the monotonic clock, by connection id. */
export type PeopleCache = Map<string, { at: number; people: Promise<PortalUser[]> }>;

export const createPeopleCache = (): PeopleCache => new Map();
