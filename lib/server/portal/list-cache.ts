import "server-only";
import { AsyncResource } from "node:async_hooks";
import { type Clock, seconds, systemClock } from "../clock";
import type { PortalClient } from "./client";
import { PortalError } from "./error";
import { isUrgent, type Priority, rankOf } from "./priority";

/*
 * One portal call for all who look at the same owner's tokens at the same time. What crosses here: raw token values, in
 * memory only, for at most the time to live. What must never: one owner's values to a caller of another owner; an
 * answer begun before a mint or a revocation to a caller who came after it; one credential's refusal to another credential.
 * Who may ask for which owner is for the caller to decide.
 */

export type SharedList = {
  values: string[];
  /** When the call to the portal began, milliseconds since the epoch: the list tells nothing newer than this. */
  fetchedAt: number;
  /** Whether another caller's answer was used. */
  shared: boolean;
};

export type ListOptions = {
  /** Only an answer to a call that begins now will do: a baseline, a proof. */
  fresh?: boolean;
  /** For a call that has to be made; nobody else's call is made more urgent by it. */
  priority?: Priority;
  /** Of whose share of the budget. */
  person?: string;
};

export type ListCache = {
  /**
   * All token values of one owner, from a call under way, from one begun at most the time to live ago, or from a new call with
   * this credential. Throws PortalError. The array is the caller's own.
   */
  list(portalId: string, ownerKey: string, credential: string, options?: ListOptions): Promise<SharedList>;
  /** Something was minted or deleted: what is known or being asked now is not handed to anyone who comes later. */
  invalidate(portalId: string, ownerKey: string): void;
  /** How many owners' lists are held or being fetched. */
  size(): number;
};

type Fetched = { values: string[]; fetchedAt: number; startedAt: number };
type Flight = { credential: string; priority: Priority; person?: string; result: Promise<Fetched> };
type Entry = { flight?: Flight; fetched?: Fetched };

/** Makes the layer over a client. `ttlMs` counts from the beginning of a call. */
export function createListCache(
  client: Pick<PortalClient, "listTokens">,
  { ttlMs = seconds(5), clock = systemClock }: { ttlMs?: number; clock?: Clock } = {},
): ListCache {
  const entries = new Map<string, Entry>();
  // A timer of a request's would hold that request as long as it runs.
  const outside = new AsyncResource("list cache");
  const keyOf = (portalId: string, ownerKey: string) => JSON.stringify([portalId, ownerKey]);
  const isYoung = (fetched: Fetched) => clock.monotonic() - fetched.startedAt < ttlMs;

  const forgetLater = (key: string, entry: Entry, fetched: Fetched) => {
    const drop = () => {
      if (entry.fetched === fetched) entry.fetched = undefined;
      dropIfEmpty(key, entry);
    };
    const leftMs = Math.max(0, ttlMs - (clock.monotonic() - fetched.startedAt));
    outside.runInAsyncScope(() => setTimeout(drop, leftMs).unref());
  };

  const dropIfEmpty = (key: string, entry: Entry) => {
    if (!entry.flight && !entry.fetched && entries.get(key) === entry) entries.delete(key);
  };

  const begin = (
    portalId: string,
    key: string,
    credential: string,
    { priority = "normal", person }: ListOptions,
  ): Flight => {
    const entry = entries.get(key) ?? {};
    entries.set(key, entry);
    const fetchedAt = clock.now();
    const startedAt = clock.monotonic();
    const result = client
      .listTokens(portalId, credential, { priority, person })
      .then((values) => {
        const fetched = { values, fetchedAt, startedAt };
        // Only the newest call's answer is kept, and only in the entry it began in: invalidating takes that away.
        if (entry.flight === flight && entries.get(key) === entry && isYoung(fetched)) {
          entry.fetched = fetched;
          forgetLater(key, entry, fetched);
        }
        return fetched;
      })
      .finally(() => {
        if (entry.flight === flight) entry.flight = undefined;
        dropIfEmpty(key, entry);
      });
    const flight: Flight = { credential, priority, person, result };
    entry.flight = flight;
    return flight;
  };

  return {
    async list(portalId, ownerKey, credential, options = {}) {
      const key = keyOf(portalId, ownerKey);
      for (;;) {
        const entry = options.fresh ? undefined : entries.get(key);
        if (entry?.fetched && isYoung(entry.fetched)) return handOut(entry.fetched, true);
        const joined = mayJoin(entry?.flight, options) ? entry?.flight : undefined;
        try {
          const flight = joined ?? begin(portalId, key, credential, options);
          return handOut(await flight.result, joined !== undefined);
        } catch (error) {
          if (!joined || !isOnlyTheirs(error, joined, credential, options)) throw error;
        }
      }
    },
    invalidate(portalId, ownerKey) {
      entries.delete(keyOf(portalId, ownerKey));
    },
    size: () => entries.size,
  };
}

/** What is urgent does not wait behind a call that has less of a place in line. */
function mayJoin(flight: Flight | undefined, { priority = "normal" }: ListOptions): boolean {
  return flight !== undefined && !(isUrgent(priority) && rankOf(priority) < rankOf(flight.priority));
}

function handOut({ values, fetchedAt }: Fetched, shared: boolean): SharedList {
  return { values: [...values], fetchedAt, shared };
}

/** Whether a joined call failed for a reason that need not hold for this caller: their credential, their place in line. */
function isOnlyTheirs(
  error: unknown,
  joined: Flight,
  credential: string,
  { priority = "normal", person }: ListOptions,
): boolean {
  if (!(error instanceof PortalError)) return false;
  const { kind } = error;
  if (kind === "unauthorized" || kind === "forbidden" || kind === "token_unsendable") {
    return joined.credential !== credential;
  }
  return kind === "budget" && (rankOf(priority) < rankOf(joined.priority) || joined.person !== person);
}
