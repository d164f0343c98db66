import type { Token } from "@/lib/contracts/tokens";
import { compareFolded, distinct, fold, nameKey } from "@/lib/shared/fold";
import { groupBy } from "@/lib/shared/group-by";
import { searchWords } from "@/lib/shared/token-table/search";
import { inView, needsRevoked, type View } from "@/lib/shared/token-table/views";
import { isFound } from "./search";

/** One user of one portal; the user's id where the portal tells it. */
export function ownerKey(token: Pick<Token, "owner">): string {
  const { portal, userId, userName } = token.owner;
  return `${portal}:${userId ?? userName ?? "?"}`;
}

export type Filters = {
  view: View;
  owner: string | null;
  environment: string | null;
  tag: string | null;
  query: string;
  /** The tokens that a pasted value was identified as; everything else is hidden. */
  only: readonly string[] | null;
};

export const noFilters: Filters = {
  view: "current",
  owner: null,
  environment: null,
  tag: null,
  query: "",
  only: null,
};

/** What is left of the tokens, in their order. */
export function filterTokens(tokens: readonly Token[], filters: Filters, now: number): Token[] {
  const words = searchWords(filters.query);
  const only = filters.only && new Set(filters.only);
  const environment = filters.environment === null ? null : nameKey(filters.environment);
  const tag = filters.tag === null ? null : nameKey(filters.tag);
  return tokens.filter((token) => {
    // A pasted token is found wherever it is: also among the revoked, whatever the cards say.
    if (only) return only.has(token.id);
    if (!inView(token, filters.view, now)) return false;
    if (filters.owner !== null && ownerKey(token) !== filters.owner) return false;
    if (environment !== null && nameKey(token.environment ?? "") !== environment) return false;
    if (tag !== null && !token.tags.some((each) => nameKey(each) === tag)) return false;
    return isFound(token, words);
  });
}

/** The second number of "3 of 12": everything, or everything that is not revoked where the view leaves those out. */
export function totalFor(tokens: readonly Token[], view: View): number {
  if (needsRevoked(view)) return tokens.length;
  let total = 0;
  for (const token of tokens) if (token.status !== "revoked") total += 1;
  return total;
}

type TokenRow = { kind: "token"; token: Token };
export type OwnerRow = { kind: "owner"; key: string; owner: Token["owner"]; count: number };
export type TableRow = TokenRow | OwnerRow;

/** The rows to show: the tokens as they are sorted, or below a heading for each owner. */
export function buildRows(tokens: readonly Token[], groupByOwner: boolean): TableRow[] {
  if (!groupByOwner) return tokens.map((token) => ({ kind: "token", token }));
  const rows: TableRow[] = [];
  const sorted = [...groupBy(tokens, ownerKey)].sort(([, a], [, b]) => compareOwners(a[0], b[0]));
  for (const [key, group] of sorted) {
    const first = group[0];
    if (!first) continue;
    rows.push({ kind: "owner", key, owner: first.owner, count: group.length });
    for (const token of group) rows.push({ kind: "token", token });
  }
  return rows;
}

/** The tokens in the order in which they are shown, which grouping changes. */
export const tokensOf = (rows: readonly TableRow[]): Token[] =>
  rows.flatMap((row) => (row.kind === "token" ? row.token : []));

function compareOwners(a: Pick<Token, "owner"> | undefined, b: Pick<Token, "owner"> | undefined): number {
  return compareFolded(ownerName(a), ownerName(b));
}

function ownerName(token: Pick<Token, "owner"> | undefined): string {
  return token ? fold(`${token.owner.userName ?? "\uffff"} ${token.owner.portal}`) : "";
}

export type Choices = {
  owners: { key: string; owner: Token["owner"]; count: number }[];
  environments: string[];
  tags: string[];
};

/** What the filters offer: only what some token has, and of what the fold does not tell apart one. */
export function choicesOf(tokens: readonly Token[]): Choices {
  const owners = new Map<string, { key: string; owner: Token["owner"]; count: number }>();
  const environments = new Set<string>();
  const tags = new Set<string>();
  for (const token of tokens) {
    const key = ownerKey(token);
    const known = owners.get(key);
    if (known) known.count += 1;
    else owners.set(key, { key, owner: token.owner, count: 1 });
    if (token.environment) environments.add(token.environment);
    for (const tag of token.tags) tags.add(tag);
  }
  return {
    owners: [...owners.values()].sort(compareOwners),
    environments: inOrder(distinct([...environments].sort())),
    tags: inOrder(distinct([...tags].sort())),
  };
}

export const inOrder = (texts: Iterable<string>): string[] =>
  [...texts].sort((a, b) => compareFolded(fold(a), fold(b)));
