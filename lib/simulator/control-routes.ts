import {
  addUser,
  changeUser,
  dumpState,
  dumpUser,
  plantTokens,
  pullTokens,
  removeUser,
  requireUser,
} from "./control-actions";
import {
  type Addresses,
  callQuerySchema,
  clockSchema,
  expireSchema,
  newAuthTokenSchema,
  newTokensSchema,
  newUserSchema,
  optionsPatchSchema,
  removeTokensSchema,
  userPatchSchema,
} from "./control-contract";
import type { SimulatorCore } from "./core";
import { expireAuthTokens, openAuthToken } from "./credentials";
import { faultSchema } from "./fault-rules";
import { newBareToken } from "./secrets";

interface ControlCall {
  /** What stands in the path's place for a name or an id. */
  parameter: string;
  query: Record<string, string>;
  body: unknown;
  addresses: Addresses;
}

interface ControlRoute {
  method: string;
  pattern: RegExp;
  run(core: SimulatorCore, call: ControlCall): unknown;
}

const route = (method: string, path: string, run: ControlRoute["run"]): ControlRoute => ({
  method,
  pattern: new RegExp(`^${path.replace("{}", "([^/]+)")}$`),
  run,
});

/** All that the control port can do. A run that throws a ZodError is a 400, a ControlError its status. */
export const controlRoutes: ControlRoute[] = [
  route("GET", "/health", (_core, { addresses }) => addresses),
  route("GET", "/state", (core) => dumpState(core)),
  route("GET", "/seed", (core) => ({ users: core.seed.users, accounts: core.seed.accounts })),
  route("POST", "/reset", (core) => {
    releaseHeld(core);
    core.reset();
  }),

  route("GET", "/options", (core) => core.options),
  route("PATCH", "/options", (core, { body }) => {
    const { variants, ...rest } = optionsPatchSchema.parse(body);
    Object.assign(core.options, rest);
    Object.assign(core.options.variants, variants);
    core.limiter.reset();
    return core.options;
  }),

  route("GET", "/faults", (core) => core.faults.list()),
  route("POST", "/faults", (core, { body }) => core.faults.add(faultSchema.parse(body))),
  route("DELETE", "/faults", (core) => {
    releaseHeld(core);
    return { cleared: core.faults.clear() };
  }),
  route("DELETE", "/faults/{}", (core, { parameter }) => ({ cleared: core.faults.clear(parameter) })),

  route("GET", "/calls", (core, { query }) => {
    const { atLeast, timeoutMs, ...filter } = callQuerySchema.parse(query);
    return atLeast === undefined ? core.calls.list(filter) : core.calls.waitFor(filter, atLeast, timeoutMs);
  }),
  route("DELETE", "/calls", (core) => core.calls.clear()),

  route("GET", "/clock", (core) => ({ now: core.clock.now() })),
  route("POST", "/clock", (core, { body }) => {
    const change = clockSchema.parse(body);
    if ("advanceMs" in change) core.clock.advance(change.advanceMs);
    else if ("now" in change) core.clock.set(change.now);
    else core.clock.reset();
    return { now: core.clock.now() };
  }),

  route("POST", "/users", (core, { body }) => addUser(core, newUserSchema.parse(body))),
  route("GET", "/users/{}", (core, { parameter }) => dumpUser(core, parameter)),
  route("PATCH", "/users/{}", (core, { parameter, body }) =>
    changeUser(core, parameter, userPatchSchema.parse(body)),
  ),
  route("DELETE", "/users/{}", (core, { parameter }) => removeUser(core, parameter)),
  route("POST", "/users/{}/tokens", (core, { parameter, body }) => ({
    tokens: plantTokens(core, parameter, newTokensSchema.parse(body)),
  })),
  route("POST", "/users/{}/auth-tokens", (core, { parameter, body }) => {
    const { stayLoggedIn } = newAuthTokenSchema.parse(body);
    const { userId } = requireUser(core, parameter);
    const { value } = openAuthToken(core.state, userId, newBareToken(), core.clock.now(), stayLoggedIn);
    return { authToken: value };
  }),
  route("POST", "/tokens/remove", (core, { body }) => ({
    removed: pullTokens(core, removeTokensSchema.parse(body).values),
  })),
  route("POST", "/auth-tokens/expire", (core, { body }) => {
    const { userName } = expireSchema.parse(body);
    const userId = userName === undefined ? undefined : requireUser(core, userName).userId;
    return { expired: expireAuthTokens(core.state, userId) };
  }),
];

function releaseHeld(core: SimulatorCore): void {
  for (const release of [...core.held]) release();
}
