import type { CallEntry, CallFilter } from "./call-log";
import type {
  Addresses,
  ClockChange,
  DumpedUser,
  NewTokens,
  NewUser,
  OptionsPatch,
  StateDump,
  UserPatch,
} from "./control-contract";
import type { PortalOptions } from "./core";
import type { ArmedFault, FaultInput } from "./fault-rules";
import type { PortalAccount } from "./model";
import type { SeededUser } from "./seed";

/** The control port, from a test or a script. Every method throws an Error with the port's reason. */
export interface ControlClient {
  /** Where the portal answers. */
  addresses(): Promise<Addresses>;
  /** The whole state, passwords and token values included. */
  state(): Promise<StateDump>;
  /** The users as they were seeded, passwords included. */
  seed(): Promise<{ users: SeededUser[]; accounts: PortalAccount[] }>;
  /** Back to the first seed (same passwords and tokens), options and clock; no faults, no calls, no sign-ins. */
  reset(): Promise<void>;

  options(): Promise<PortalOptions>;
  /** Changes what is given; `variants` is merged, `rateLimit: null` turns the limit off. */
  setOptions(patch: OptionsPatch): Promise<PortalOptions>;

  /** Puts a fault on the next call (or calls) of an endpoint. */
  addFault(fault: FaultInput): Promise<ArmedFault>;
  faults(): Promise<ArmedFault[]>;
  /** Takes one fault away, or all; with all, hanging calls are cut. Returns how many. */
  clearFaults(id?: string): Promise<number>;

  /** The calls received, oldest first. */
  calls(filter?: CallFilter): Promise<CallEntry[]>;
  /** Waits for so many calls; throws when they do not come within `timeoutMs` (default 10,000). */
  waitForCalls(filter: CallFilter, atLeast: number, timeoutMs?: number): Promise<CallEntry[]>;
  clearCalls(): Promise<void>;

  /** The simulator's clock, milliseconds since the epoch. */
  now(): Promise<number>;
  changeClock(change: ClockChange): Promise<number>;

  user(userName: string): Promise<DumpedUser>;
  addUser(user: NewUser): Promise<DumpedUser>;
  changeUser(userName: string, patch: UserPatch): Promise<DumpedUser>;
  removeUser(userName: string): Promise<void>;
  /** Gives a user tokens behind everyone's back. Returns their values. */
  addTokens(userName: string, tokens: NewTokens): Promise<string[]>;
  /** Takes tokens away behind everyone's back. Returns how many there were. */
  removeTokens(values: string[]): Promise<number>;
  /** Signs a user in without a password. Returns the authToken. */
  openAuthToken(userName: string, options?: { stayLoggedIn?: boolean }): Promise<string>;
  /** Ends all authTokens, or one user's. Returns how many. */
  expireAuthTokens(userName?: string): Promise<number>;
}

/** A client of the control port at `controlUrl`, for example `http://127.0.0.1:4011`. */
export function createControlClient(controlUrl: string): ControlClient {
  // Both ends are this folder's, built together from one contract: the type is the contract's, unchecked.
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.headers = { "content-type": "application/json" };
      init.body = JSON.stringify(body);
    }
    const response = await fetch(new URL(path, controlUrl), init);
    const text = await response.text();
    if (!response.ok) throw new Error(`simulator control: ${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  };
  const userPath = (userName: string): string => `/users/${encodeURIComponent(userName)}`;

  return {
    addresses: () => call("GET", "/health"),
    state: () => call("GET", "/state"),
    seed: () => call("GET", "/seed"),
    reset: async () => void (await call("POST", "/reset")),
    options: () => call("GET", "/options"),
    setOptions: (patch) => call("PATCH", "/options", patch),
    addFault: (fault) => call("POST", "/faults", fault),
    faults: () => call("GET", "/faults"),
    clearFaults: async (id) => {
      const path = id === undefined ? "/faults" : `/faults/${encodeURIComponent(id)}`;
      return (await call<{ cleared: number }>("DELETE", path)).cleared;
    },
    calls: (filter = {}) => call("GET", `/calls?${queryOf(filter)}`),
    waitForCalls: async (filter, atLeast, timeoutMs = 10_000) => {
      const query = `${queryOf(filter)}&atLeast=${atLeast}&timeoutMs=${timeoutMs}`;
      const entries = await call<CallEntry[]>("GET", `/calls?${query}`);
      if (entries.length >= atLeast) return entries;
      throw new Error(
        `Waited ${timeoutMs} ms for ${atLeast} calls, saw ${entries.length}: ${queryOf(filter)}`,
      );
    },
    clearCalls: async () => void (await call("DELETE", "/calls")),
    now: async () => (await call<{ now: number }>("GET", "/clock")).now,
    changeClock: async (change) => (await call<{ now: number }>("POST", "/clock", change)).now,
    user: (userName) => call("GET", userPath(userName)),
    addUser: (user) => call("POST", "/users", user),
    changeUser: (userName, patch) => call("PATCH", userPath(userName), patch),
    removeUser: async (userName) => void (await call("DELETE", userPath(userName))),
    addTokens: async (userName, tokens) =>
      (await call<{ tokens: string[] }>("POST", `${userPath(userName)}/tokens`, tokens)).tokens,
    removeTokens: async (values) =>
      (await call<{ removed: number }>("POST", "/tokens/remove", { values })).removed,
    openAuthToken: async (userName, options = {}) =>
      (await call<{ authToken: string }>("POST", `${userPath(userName)}/auth-tokens`, options)).authToken,
    expireAuthTokens: async (userName) =>
      (await call<{ expired: number }>("POST", "/auth-tokens/expire", { userName })).expired,
  };
}

function queryOf(filter: CallFilter): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) if (value !== undefined) query.set(key, String(value));
  return query.toString();
}
