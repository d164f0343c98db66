import "server-only";
import { askOnce } from "../../cache";
import { seconds, withinPatience } from "../../clock";
import { loggedError } from "../../errors";
import { type Reading, type StoreReading, type Told, tellMetrics } from "../../metrics/tell";
import { endpoints } from "../../portal/requests";
import { auditAt, auditHead } from "../../store/audit";
import { storeIsFull } from "../../store/full";
import { countOpenItems } from "../../store/operations";
import { countOpenSessions } from "../../store/sessions";
import { knownCheckpoints } from "../audit/known-checkpoints";
import type { Desk } from "../desk";
import { checkReady } from "./ready";

/** A scrape is given up after ten seconds, and what needs no store is to be told even so. */
const patienceMs = seconds(2);

/**
 * All that the desk measures, as Prometheus reads it; undefined where it measures nothing. Whoever asks while it is being read is
 * told the same: each reading writes to the store, and nobody needs two at once.
 */
export const readMetrics = (desk: Desk): Promise<Told> =>
  askOnce(desk.figures, "all", {
    clock: desk.clock,
    ask: async () => tellMetrics(await read(desk)),
    until: (_told, begun) => begun,
  });

async function read(desk: Desk): Promise<Reading> {
  const { portal, trail, clock } = desk;
  const ofStore = await withinPatience(clock, readStore(desk), patienceMs).catch((error: unknown) => {
    desk.log.error(loggedError(error), "the store cannot be measured");
    return undefined;
  });
  const { state, verifiedAt } = trail;
  return {
    isReady: ofStore?.isReady === true,
    isStandby: false,
    isFull: storeIsFull(),
    portals: portal.portals().map(({ id }) => ({ id, ...portal.load(id), endpoints })),
    verified:
      state && verifiedAt !== undefined ? { ok: state.ok, ageMs: clock.monotonic() - verifiedAt } : undefined,
    store: ofStore?.store,
  };
}

async function readStore(desk: Desk): Promise<{ isReady: boolean; store?: StoreReading }> {
  const { db, keys, clock } = desk;
  const { ok: isReady, failing } = await checkReady(desk);
  // One that takes no writes can be read.
  if (failing.some((part) => !part.endsWith(": full"))) return { isReady };
  const mints = await countOpenItems(db, "mint");
  const revocations = await countOpenItems(db, "revoke");
  const { seq: entries } = await auditHead(db);
  const known = await knownCheckpoints(db, keys);
  const now = clock.now();
  const ageOf = (at: number | undefined) => (at === undefined ? undefined : Math.max(0, now - at));
  const last = known?.last;
  return {
    isReady,
    store: {
      mints,
      revocations,
      unprovenMs: Math.max(0, ...revocations.map(({ first_at }) => now - first_at)),
      sessions: await countOpenSessions(db),
      entries,
      entryMs: ageOf(await auditAt(db, entries)),
      checkpointMs: ageOf(last && Date.parse(last.at)),
      checkpointBehind: entries - (last?.entries ?? 0),
    },
  };
}
