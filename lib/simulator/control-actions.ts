import type { DumpedUser, NewTokens, NewUser, StateDump, UserPatch } from "./control-contract";
import { newTokensSchema, newUserSchema } from "./control-contract";
import type { SimulatorCore } from "./core";
import type { PortalUser } from "./model";
import { newPassword } from "./secrets";
import { drawTokens } from "./seed";
import { addToken, findToken, listTokens } from "./tokens";
import { findUserByName, isAbove } from "./users";

/** What the control port was asked for cannot be done: no such user, a name twice, a circle. */
export class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The user of this name. Throws a ControlError when there is none. */
export function requireUser(core: SimulatorCore, userName: string): PortalUser {
  const user = findUserByName(core.state, userName);
  if (user === undefined) throw new ControlError(404, `There is no user ${userName}`);
  return user;
}

/** The whole state as a test wants to see it. */
export function dumpState(core: SimulatorCore): StateDump {
  const { state } = core;
  const now = core.clock.now();
  const tokens = new Map<number, string[]>();
  for (const { value, userId } of [...state.tokens.values()]) {
    if (findToken(state, value, now) === undefined) continue;
    const values = tokens.get(userId) ?? [];
    values.push(value);
    tokens.set(userId, values);
  }
  const users = [...state.users.values()].map(
    ({ parentId, ...user }): DumpedUser => ({
      ...user,
      parent: (parentId === null ? undefined : state.users.get(parentId)?.userName) ?? null,
      tokens: tokens.get(user.userId) ?? [],
      listed: listTokens(state, user.userId, now),
      authTokens: [...state.authTokens.values()]
        .filter((authToken) => authToken.userId === user.userId && authToken.expiresAt > now)
        .map(({ value, expiresAt }) => ({ value, expiresAt })),
    }),
  );
  return { now, users, accounts: state.accounts };
}

/** The dump of one user. */
export function dumpUser(core: SimulatorCore, userName: string): DumpedUser {
  const { userId } = requireUser(core, userName);
  const dumped = dumpState(core).users.find((user) => user.userId === userId);
  if (dumped === undefined) throw new ControlError(404, `There is no user ${userName}`);
  return dumped;
}

/** Adds a user, with a new password unless one is given. */
export function addUser(core: SimulatorCore, input: NewUser): DumpedUser {
  const { parent, password, ...given } = newUserSchema.parse(input);
  if (findUserByName(core.state, given.userName) !== undefined) {
    throw new ControlError(409, `There is a user ${given.userName} already`);
  }
  const parentId = parent === undefined ? null : requireUser(core, parent).userId;
  const userId = Math.max(1000, ...core.state.users.keys()) + 1;
  core.state.users.set(userId, {
    ...given,
    key: given.userName,
    userId,
    parentId,
    password: password ?? newPassword(),
  });
  core.changed();
  return dumpUser(core, given.userName);
}

/** Changes a user: rights, password, whether enabled, the place in the tree. Credentials stay as they are. */
export function changeUser(core: SimulatorCore, userName: string, patch: UserPatch): DumpedUser {
  const user = requireUser(core, userName);
  const { parent, ...fields } = patch;
  if (parent !== undefined) user.parentId = parent === null ? null : parentIdFor(core, user, parent);
  Object.assign(user, fields);
  core.changed();
  return dumpUser(core, user.userName);
}

function parentIdFor(core: SimulatorCore, user: PortalUser, parent: string): number {
  const above = requireUser(core, parent);
  if (above.userId === user.userId || isAbove(core.state, user, above)) {
    throw new ControlError(409, `${parent} stands below ${user.userName}`);
  }
  return above.userId;
}

/** Removes a user with all credentials; whoever stood below moves up. */
export function removeUser(core: SimulatorCore, userName: string): void {
  const user = requireUser(core, userName);
  const { state } = core;
  for (const other of state.users.values()) {
    if (other.parentId === user.userId) other.parentId = user.parentId;
  }
  for (const token of [...state.tokens.values()]) {
    if (token.userId === user.userId) state.tokens.delete(token.value);
  }
  for (const authToken of [...state.authTokens.values()]) {
    if (authToken.userId === user.userId) state.authTokens.delete(authToken.value);
  }
  state.users.delete(user.userId);
  core.changed();
}

/** Gives a user tokens behind everyone's back: these values, and so many new ones of each form. */
export function plantTokens(core: SimulatorCore, userName: string, input: NewTokens): string[] {
  const user = requireUser(core, userName);
  const { values, ...counts } = newTokensSchema.parse(input);
  const taken = values.find((value) => core.state.tokens.has(value));
  if (taken !== undefined) throw new ControlError(409, "A token of that value exists already");
  const all = [...values, ...drawTokens(counts)];
  for (const value of all) addToken(core.state, user.userId, value, core.clock.now());
  core.changed();
  return all;
}

/** Takes tokens away behind everyone's back. Returns how many there were. */
export function pullTokens(core: SimulatorCore, values: string[]): number {
  const removed = values.filter((value) => core.state.tokens.delete(value)).length;
  core.changed();
  return removed;
}
