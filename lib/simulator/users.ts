import type { PortalState, PortalUser } from "./model";

/** As the portal tells names apart: capitals of ASCII make no other one. */
export const foldName = (userName: string): string =>
  userName.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** The user of this sign-in name, upper and lower case being the same. */
export function findUserByName(state: PortalState, userName: string): PortalUser | undefined {
  const wanted = foldName(userName.trim());
  for (const user of state.users.values()) {
    if (foldName(user.userName) === wanted) return user;
  }
  return undefined;
}

/** The users right below this one, in the order of their ids. */
export function childrenOf(state: PortalState, userId: number): PortalUser[] {
  return [...state.users.values()]
    .filter((user) => user.parentId === userId)
    .sort((a, b) => a.userId - b.userId);
}

/** The ids from the root down to this user, the user last. */
export function pathOf(state: PortalState, user: PortalUser): number[] {
  const path = [user.userId];
  let parentId = user.parentId;
  while (parentId !== null && !path.includes(parentId)) {
    path.unshift(parentId);
    parentId = state.users.get(parentId)?.parentId ?? null;
  }
  return path;
}

/** True when `ancestor` stands above `user`, at any height. */
export function isAbove(state: PortalState, ancestor: PortalUser, user: PortalUser): boolean {
  return ancestor.userId !== user.userId && pathOf(state, user).includes(ancestor.userId);
}

export const isSuperUser = (user: PortalUser): boolean => user.roles.includes("SUPER_USER");

/** The right that the users endpoints ask for. */
export const mayManageUsers = (user: PortalUser): boolean =>
  isSuperUser(user) || user.roles.includes("MANAGE_USERS");

/** A user who may sign in and do nothing. */
export const hasNoAccess = (user: PortalUser): boolean => user.roles.includes("NO_ACCESS");

/** True when `actor` may see `user` in the tree: themselves and those below, or all for a super user. */
export function maySee(state: PortalState, actor: PortalUser, user: PortalUser): boolean {
  return isSuperUser(actor) || actor.userId === user.userId || isAbove(state, actor, user);
}

/** Where a user's tree begins: the roots for a super user, else the user. */
export function rootsFor(state: PortalState, actor: PortalUser): PortalUser[] {
  if (!isSuperUser(actor)) return [actor];
  return [...state.users.values()].filter((user) => user.parentId === null);
}
