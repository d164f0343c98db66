import "server-only";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/*
 * Everything that is measured, and how it is called. A label has a closed list of values: a template of a route, a word of
 * ours, an id of the operator's own configuration. What people, tokens and addresses are called has no place in here.
 */

/** What the names of all metrics begin with. */
export const prefix = "tokendesk_";

export type Instruments = ReturnType<typeof makeInstruments>;

/** What a statement of the store is part of: waiting for a connection and for its turn, reading, writing, making it last. */
export const storeSteps = ["wait", "read", "write", "commit"] as const;
export type StoreStep = (typeof storeSteps)[number];

const requestBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
/** A call is given up after ten seconds. */
const callBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const storeBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** Makes them, in a registry of their own: the library's is a variable of its module, which exists several times. */
export function makeInstruments(version: string) {
  const registry = new Registry();
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name: prefix + name, help, labelNames, registers: [registry] });
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ name: prefix + name, help, labelNames, registers: [registry] });
  const histogram = <L extends string>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new Histogram({ name: prefix + name, help, buckets, labelNames, registers: [registry] });

  gauge("build_info", "Which Tokendesk this is. Always 1.", "version").set({ version }, 1);

  return {
    registry,
    ready: gauge("ready", "1 where the desk can do its work, as GET /api/health/ready says."),
    standby: gauge("standby", "1 where this desk waits for another one to end."),
    requests: counter(
      "http_requests_total",
      "Requests by the template of their route, or what they were of; closed: whoever asked left before the end.",
      "route",
      "method",
      "status",
    ),
    requestSeconds: histogram(
      "http_request_duration_seconds",
      "From a request's head to the end of its answer.",
      requestBuckets,
      "route",
    ),
    calls: counter(
      "portal_calls_total",
      "Tries of calls to a portal, and those that were refused before anything was sent.",
      "portal",
      "endpoint",
      "outcome",
      "status",
    ),
    callSeconds: histogram(
      "portal_call_duration_seconds",
      "From sending a call until its answer, or until it was given up.",
      callBuckets,
      "portal",
      "endpoint",
    ),
    callsLeft: gauge(
      "portal_calls_left",
      "How many calls to the portal's origin are left of those of a minute.",
      "portal",
    ),
    callsLimit: gauge("portal_calls_limit", "How many calls a minute there are in all.", "portal"),
    callsWaiting: gauge("portal_calls_waiting", "Calls that wait for one of them.", "portal"),
    pauseSeconds: gauge(
      "portal_pause_seconds",
      "How long the pause lasts that the portal asked for; 0 without one.",
      "portal",
    ),
    breakerOpen: gauge(
      "portal_breaker_open",
      "1 from five calls in a row without an answer until one is answered.",
      "portal",
    ),
    itemsOpen: gauge(
      "operation_items_open",
      "Tokens that are being minted or revoked, by how far that has come.",
      "kind",
      "state",
    ),
    operationsEnded: counter(
      "operations_ended_total",
      "Mints and revocations that came to an end since the start.",
      "kind",
      "outcome",
    ),
    unprovenSeconds: gauge(
      "revocation_unproven_age_seconds",
      "How long ago the oldest revocation was asked for that is not proven; 0 where there is none.",
    ),
    sessionsOpen: gauge("sessions_open", "Sessions that have not ended."),
    trailEntries: gauge("trail_entries", "How many entries the audit trail has."),
    trailEntrySeconds: gauge("trail_entry_age_seconds", "How long ago the last of them was written."),
    trailVerified: gauge("trail_verified", "1 where the trail verified when it was last looked at, else 0."),
    trailVerifiedSeconds: gauge("trail_verified_age_seconds", "How long ago that was."),
    checkpointSeconds: gauge("checkpoint_age_seconds", "How long ago the last checkpoint was written."),
    checkpointBehind: gauge("checkpoint_behind_entries", "Entries of the trail since the last checkpoint."),
    storeSeconds: histogram(
      "store_duration_seconds",
      "What the store takes: to wait for it, to read, to write, to commit.",
      storeBuckets,
      "step",
    ),
    storeFull: gauge("store_full", "1 where the store takes no writes."),
  };
}
