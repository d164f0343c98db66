import "server-only";
import type { Logger } from "pino";
import type { Token } from "@/lib/contracts/tokens";
import { type Answer, type Cache, createCache } from "../cache";
import { type Clock, systemClock } from "../clock";
import type { Keys } from "../crypto";
import { type Env, readEnv } from "../env";
import { loggedError } from "../errors";
import { log } from "../log";
import { countPortalCall } from "../metrics/count";
import type { Told } from "../metrics/tell";
import { createPortalClient, type PortalClient, type PortalUser } from "../portal/client";
import { createListCache, type ListCache } from "../portal/list-cache";
import { createRoom, type Room } from "../room";
import { once } from "../runtime";
import { clearErased, noteCleared, recallErased } from "../store/erased";
import { migrate, openStore, storeFault } from "../store/open";
import type { Db } from "../store/schema";
import { createTrailReader, type TrailReader } from "./audit/reader";
import { startReaderThread } from "./audit/reader-thread";
import type { TrailMemory } from "./audit/watch";
import type { UnrecordedEnd } from "./connections/end";
import type { Standing } from "./connections/standing";
import { KeyError } from "./keys/key-error";
import { openKeys } from "./keys/open";
import { createLeases, type Leases } from "./leases";
import { watchPortals } from "./portals/watch";
import type { AskedEnd } from "./sessions/asked-end";

/**
 * The list that an owner's records were last brought in line with: when it began, and, where it left nothing open,
 * a keyed digest of its values and the records' version then. The same list over the same records is no news.
 */
export type SyncedList = { startedAt: number; settled?: { digest: string; version: number } };

/** Owners' records as they were last described, by owner and the connection they were described for; `size` in characters. */
export type Described = { version: number; tokens: readonly Token[]; size: number };
/**
 * How much of what is described is kept in all, in characters: 60 MB at most. What is larger by itself is not kept, and a
 * list of more than one owner has no more.
 */
export const mostCharacters = 30_000_000;
/** How many owners, connections, or leads something small is remembered of. */
const mostRemembered = 5_000;
/** How many people of leads: some 40 MB. */
const mostPeople = 100_000;

/** The parts that every use case works with: one of each in a process. */
export type Desk = {
  env: Env;
  clock: Clock;
  db: Db;
  keys: Keys;
  portal: PortalClient;
  lists: ListCache;
  leases: Leases;
  /** The list that each owner's records were last brought in line with. */
  synced: Cache<SyncedList>;
  described: Cache<Described>;
  /** For long lists: each may take 70 MB until its answer is written. */
  room: Room;
  /** Whom the portal showed a lead, by the connection that asked. */
  people: Cache<Answer<PortalUser[]>>;
  /** The ids of those it showed last, and when. */
  shown: Cache<{ userIds: string[]; at: number }>;
  /** When the portal last accepted each connection's own credential, by its id. */
  judged: Cache<number>;
  /** What the portal is being asked about connections, or has just said of them, by connection. */
  standings: Cache<Answer<Standing>>;
  /** When sessions gave a sign of life that the store did not take, by their ids. In memory: a restart forgets it, which is safe. */
  signs: Cache<number>;
  /** How connections have ended whose end the store did not take, by `unrecordedEnd`. */
  ended: Cache<UnrecordedEnd>;
  /** Sessions' ends that somebody asked for and the store did not take, by their ids. A restart forgets them. */
  over: Cache<AskedEnd>;
  /** The figures that are being read. */
  figures: Cache<Answer<Told>>;
  trail: TrailMemory;
  reader: TrailReader;
  log: Logger;
};

/**
 * Opens a desk on its store, with its tables brought up to date. The caller holds the store's lock.
 * @param openReader where the trail is read from end to end: without it in this thread.
 * @throws KeyError when the store was made under another secret, StoreError where it cannot be used.
 */
export async function openDesk(
  env: Env,
  clock: Clock = systemClock,
  openReader: (parts: Pick<Desk, "db" | "env" | "keys" | "clock">) => TrailReader = createTrailReader,
): Promise<Desk> {
  const db = openStore(env);
  const keys = await prepare(db, env);
  const portal = createPortalClient({
    portals: env.portals,
    callsPerMinute: env.portalCallsPerMinute,
    clock,
    proxy: env.forwardProxy,
    onCall: (event) => {
      log().debug(event, "portal call");
      countPortalCall(event);
    },
    onOutcome: watchPortals(log(), clock),
  });
  const lists = createListCache(portal, { ttlMs: 5_000, clock });
  return {
    env,
    clock,
    db,
    keys,
    portal,
    lists,
    leases: createLeases(),
    room: createRoom(2, 3),
    synced: createCache({ most: mostRemembered }),
    described: createCache({ most: mostCharacters, sizeOf: ({ size }) => size }),
    people: createCache({ most: mostPeople, sizeOf: (of) => ("said" in of ? of.said.length : 0) }),
    shown: createCache({ most: mostPeople, sizeOf: ({ userIds }) => userIds.length }),
    judged: createCache({ most: mostRemembered }),
    standings: createCache({ most: mostRemembered }),
    signs: createCache({ most: mostRemembered }),
    ended: createCache({ most: mostRemembered }),
    over: createCache({ most: mostRemembered }),
    figures: createCache({ most: 1 }),
    trail: {},
    reader: openReader({ db, env, keys, clock }),
    log: log(),
  };
}

async function prepare(db: Db, env: Env): Promise<Keys> {
  try {
    await migrate(db);
    await recallErased(db);
    return await openKeys(db, env);
  } catch (error) {
    await db.destroy();
    throw error instanceof KeyError ? error : storeFault(env, error);
  }
}

/** Closes what `openDesk` opened. */
export async function closeDesk(desk: Desk): Promise<void> {
  await desk.portal.close();
  await desk.reader.close();
  // What was erased last is on the disk until then; a store that takes no writes is closed all the same.
  await clearErased(desk.db)
    .then(() => noteCleared(desk.db))
    .catch((error) => desk.log.warn(loggedError(error), "what was erased may stay on disk"));
  await desk.db.destroy();
}

/** The desk of this process. */
export const currentDesk = (): Promise<Desk> =>
  once("desk", () => openDesk(readEnv(process.env), systemClock, startReaderThread));
