import type { EndpointName, FaultKind } from "./fault-rules";

/** One call that the portal received. It holds no secret: credentials and tokens only as fingerprints. */
export interface CallEntry {
  seq: number;
  /** When it arrived, milliseconds since the epoch, on the machine's clock. */
  receivedAt: number;
  /** When its answer began or it was cut; null while it is under way. */
  finishedAt: number | null;
  method: string;
  /** The path as it came, with token values and unknown query values masked. */
  path: string;
  endpoint: EndpointName;
  /** The answer's status; null while under way, and where no answer was given. */
  status: number | null;
  /** First 12 hexadecimal digits of the SHA-256 of the credential; null without one. */
  credential: string | null;
  credentialIn: "x-auth-token" | "bearer" | null;
  /** The user whose credential it was, where it lives. */
  userName: string | null;
  /** Fingerprint of the token named in the path. */
  target: string | null;
  contentType: string | null;
  requestBytes: number;
  /** The kinds of the faults that met it. */
  faults: FaultKind[];
  /** Only for signing in. */
  login: LoginEntry | null;
}

export interface LoginEntry {
  userName: string | null;
  /** The guide's place is the body; what stands in a query is logged on its way. */
  passwordIn: "body" | "query" | null;
  /** True when the bytes received are this user's password, whatever else is wrong with the call. */
  passwordMatched: boolean;
  /** True when the call sent `stayLoggedIn` at all, and its value. */
  sentStayLoggedIn: boolean;
  stayLoggedIn: boolean;
}

type NewCall = Omit<CallEntry, "seq" | "finishedAt" | "status">;

/** Which calls to look for. `since` is a `seq`: only later calls count. */
export interface CallFilter {
  endpoint?: EndpointName;
  method?: string;
  since?: number;
  userName?: string;
  /** Only calls that are answered or cut; false for only those that are under way. */
  finished?: boolean;
}

export interface CallLog {
  start(call: NewCall): CallEntry;
  finish(entry: CallEntry, status: number | null): void;
  list(filter?: CallFilter): CallEntry[];
  clear(): void;
  /** Waits until so many matching calls are there; resolves with what there is after `timeoutMs`. */
  waitFor(filter: CallFilter, atLeast: number, timeoutMs: number): Promise<CallEntry[]>;
}

/** The log of the calls received, in memory; the oldest go when there are more than `limit`. */
export function createCallLog(limit = 50_000): CallLog {
  let entries: CallEntry[] = [];
  let nextSeq = 1;
  const watchers = new Set<() => void>();
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };

  const matches = (entry: CallEntry, filter: CallFilter): boolean =>
    (filter.endpoint === undefined || entry.endpoint === filter.endpoint) &&
    (filter.method === undefined || entry.method === filter.method) &&
    (filter.since === undefined || entry.seq > filter.since) &&
    (filter.userName === undefined || entry.userName === filter.userName) &&
    (filter.finished === undefined || filter.finished === (entry.finishedAt !== null));

  const list = (filter: CallFilter = {}): CallEntry[] =>
    entries.filter((entry) => matches(entry, filter)).map((entry) => ({ ...entry }));

  return {
    start(call) {
      const entry: CallEntry = { ...call, seq: nextSeq++, finishedAt: null, status: null };
      entries.push(entry);
      if (entries.length > limit) entries = entries.slice(-limit);
      changed();
      return entry;
    },
    finish(entry, status) {
      if (entry.finishedAt !== null) return;
      entry.finishedAt = Date.now();
      entry.status = status;
      changed();
    },
    list,
    clear() {
      entries = [];
    },
    waitFor: (filter, atLeast, timeoutMs) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          watchers.delete(look);
          resolve(list(filter));
        };
        const look = (): void => {
          if (list(filter).length >= atLeast) done();
        };
        const timer = setTimeout(done, timeoutMs);
        watchers.add(look);
        look();
      }),
  };
}
