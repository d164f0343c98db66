import "server-only";
import type { Gauge } from "prom-client";
import { measuring } from "./current";
import type { Instruments } from "./instruments";

/*
 * What is read at the moment of a scrape, and all that is measured as Prometheus reads it.
 */

/** How the way to a portal stands. */
export type PortalReading = {
  id: string;
  callsLeft: number;
  callsLimit: number;
  waiting: number;
  pauseMs: number;
  isDown: boolean;
  /** All that it may be asked, as templates. */
  endpoints: readonly string[];
};

/** So many tokens that are being minted, or revoked, have come so far. */
type InState = { state: string; count: number };

/** What only the store knows. Ages in milliseconds; undefined where there is nothing that has one. */
export type StoreReading = {
  mints: InState[];
  revocations: InState[];
  unprovenMs: number;
  sessions: number;
  entries: number;
  entryMs?: number;
  checkpointMs?: number;
  checkpointBehind: number;
};

/** `store` is absent where it cannot be read now: better no figure than one of before. */
export type Reading = {
  isReady: boolean;
  isStandby: boolean;
  isFull: boolean;
  portals: PortalReading[];
  verified?: { ok: boolean; ageMs: number };
  store?: StoreReading;
};

const kinds = ["mint", "revoke"];
const openStates = ["pending", "sending", "checking"];
const outcomes = ["done", "recovered", "failed"];

const everyPair = (states: string[]) => kinds.flatMap((kind) => states.map((state) => ({ kind, state })));

/** Of the calls those that alarms watch for (`deploy/prometheus-alerts.yml`), by outcome and status. */
const watchedCalls = [
  ["budget", "none"],
  ["server_error", "5xx"],
  ...["none", "2xx", "3xx", "4xx"].map((status) => ["another_server", status]),
  ...["none", "2xx"].map((status) => ["unexpected_answer", status]),
];
const signIn = "POST /v1/auth/login";
const watchedSignIns = ["unauthorized", "forbidden", "not_found", "bad_request"].map((no) => [no, "4xx"]);

/** What a scrape is told; undefined where nothing is measured. */
export type Told = { text: string; contentType: string } | undefined;

/** All that is measured, in the text format of Prometheus; undefined where nothing is. */
export async function tellMetrics(reading: Reading): Promise<Told> {
  const { instruments } = measuring();
  if (!instruments) return undefined;
  const { registry } = instruments;
  setAll(instruments, reading);
  return { text: await registry.metrics(), contentType: registry.contentType };
}

function setAll(to: Instruments, { isReady, isStandby, isFull, portals, verified, store }: Reading): void {
  put(to.ready, Number(isReady));
  put(to.standby, Number(isStandby));
  put(to.storeFull, Number(isFull));
  for (const { id: portal, callsLeft, callsLimit, waiting, pauseMs, isDown, endpoints } of portals) {
    to.callsLeft.set({ portal }, callsLeft);
    to.callsLimit.set({ portal }, callsLimit);
    to.callsWaiting.set({ portal }, waiting);
    to.pauseSeconds.set({ portal }, pauseMs / 1_000);
    to.breakerOpen.set({ portal }, Number(isDown));
    // From the first scrape on, so that the first one of each is seen to be one more.
    for (const endpoint of endpoints)
      for (const [outcome, status] of endpoint === signIn
        ? [...watchedCalls, ...watchedSignIns]
        : watchedCalls)
        to.calls.inc({ portal, endpoint, outcome, status }, 0);
  }
  put(to.trailVerified, verified && Number(verified.ok));
  put(to.trailVerifiedSeconds, inSeconds(verified?.ageMs));

  to.itemsOpen.reset();
  if (store) {
    for (const pair of everyPair(openStates)) to.itemsOpen.set(pair, 0);
    for (const { state, count } of store.mints) to.itemsOpen.set({ kind: "mint", state }, count);
    for (const { state, count } of store.revocations) to.itemsOpen.set({ kind: "revoke", state }, count);
  }
  // As those above.
  for (const { kind, state: outcome } of everyPair(outcomes)) to.operationsEnded.inc({ kind, outcome }, 0);
  put(to.unprovenSeconds, inSeconds(store?.unprovenMs));
  put(to.sessionsOpen, store?.sessions);
  put(to.trailEntries, store?.entries);
  put(to.trailEntrySeconds, inSeconds(store?.entryMs));
  put(to.checkpointSeconds, inSeconds(store?.checkpointMs));
  put(to.checkpointBehind, store?.checkpointBehind);
}

const inSeconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000);

/** What is not known has no value, not an old one. */
function put(gauge: Gauge<never>, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}
