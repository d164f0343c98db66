import "server-only";
import { nextTurn } from "../slices";
import { longestList, type PortalUser, type TooMany, tooMany, userNode } from "./schemas";

/**
 * Lays a tree of users flat, parents before their children, each user once. `parentId` comes from the nesting, else from
 * `parentPath`. Returns `undefined` when an entry is no user (a lead's rights are drawn from this list), an
 * answer with more of them than anybody has is `tooMany`.
 */
export async function readUserTree(roots: readonly unknown[]): Promise<PortalUser[] | TooMany | undefined> {
  const users: PortalUser[] = [];
  let looked = 0;
  const seen = new Set<string>();
  const open: { node: unknown; parentId?: string }[] = roots.map((node) => ({ node })).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    await nextTurn();
    if (childrenOf(next.node).length + open.length > longestList) return tooMany;
    const parsed = userNode.safeParse(next.node);
    if (!parsed.success) return undefined;
    looked += 1;
    if (looked + open.length > longestList) return tooMany;
    const { children, parentPath, ...fields } = parsed.data;
    for (const node of (children ?? []).toReversed()) open.push({ node, parentId: fields.userId });
    const key = fields.userId ?? `name:${fields.userName}`;
    if (seen.has(key)) continue;
    seen.add(key);
    users.push({ ...fields, parentId: next.parentId ?? parentIdOf(parentPath, fields.userId) });
  }
  return users;
}

/** The last id of a path of ancestors. Its form is not documented: it may end with the user, or be made of names. */
function parentIdOf(path: string | undefined, ownId: string | undefined): string | undefined {
  if (!path || !/^[\d\s./,:|>-]+$/.test(path)) return undefined;
  const ids = path.match(/\d+/g) ?? [];
  return ids.at(-1) === ownId ? ids.at(-2) : ids.at(-1);
}

/** What stands where a node's children would, before anything is read of them. */
function childrenOf(node: unknown): unknown[] {
  const children = typeof node === "object" && node !== null && "children" in node ? node.children : [];
  return Array.isArray(children) ? children : [];
}
