import { z } from "zod";
import { emptyState, type PortalAccount, type PortalState } from "./model";
import { newPassword, newToken, type TokenForm } from "./secrets";
import { addToken } from "./tokens";
import { foldName } from "./users";

const userSchema = z.strictObject({
  /** A short name by which tests and scripts ask for this user; the user name will do too. */
  key: z.string().optional(),
  userName: z.string().min(1),
  userId: z.number().int().positive().optional(),
  firstName: z.string().default(""),
  lastName: z.string().default(""),
  enabled: z.boolean().default(true),
  roles: z.array(z.string()).default(["USER"]),
  /** The user name of the user right above; none for a root. */
  parent: z.string().optional(),
  /** Made at start when it is not given. */
  password: z.string().min(1).optional(),
  /** Tokens that exist from the start, as they are. */
  tokens: z.array(z.string().min(1)).default([]),
  /** Tokens made at start, so many of each form. */
  newTokens: z
    .strictObject({
      prefixed: z.number().int().nonnegative().default(0),
      bare: z.number().int().nonnegative().default(0),
      unforeseen: z.number().int().nonnegative().default(0),
    })
    .partial()
    .default({}),
});

const accountSchema = z.strictObject({
  accountId: z.string(),
  accountName: z.string(),
  mainAccountId: z.string(),
  mainAccountName: z.string().default(""),
});

/** What a seed file holds. Parents stand before their children. */
export const seedSchema = z.strictObject({
  accounts: z.array(accountSchema).default([]),
  users: z.array(userSchema),
});
export type SeedInput = z.input<typeof seedSchema>;

/** A user as it was made, with the secrets that a test or a person needs to be that user. */
export interface SeededUser {
  key: string;
  userId: number;
  userName: string;
  fullName: string;
  password: string;
  roles: string[];
  enabled: boolean;
  /** The user name of the user right above, or null. */
  parent: string | null;
  tokens: string[];
}

export interface Seed {
  users: SeededUser[];
  accounts: PortalAccount[];
  /** The user of this key or user name. Throws when there is none. */
  user(keyOrUserName: string): SeededUser;
}

/**
 * Makes a state from a seed, drawing the passwords and tokens that are not given.
 * Throws a ZodError for a seed of the wrong shape, an Error for a parent that is not there.
 */
export function plantSeed(input: SeedInput, nowMs: number): { state: PortalState; seed: Seed } {
  const parsed = seedSchema.parse(input);
  const state = emptyState();
  state.accounts = parsed.accounts;
  const idByName = new Map<string, number>();
  const users: SeededUser[] = [];

  for (const [index, given] of parsed.users.entries()) {
    const userId = given.userId ?? 1001 + index;
    const parentId = given.parent === undefined ? null : idByName.get(foldName(given.parent));
    if (parentId === undefined)
      throw new Error(`The seed's user ${given.userName} has no such parent: ${given.parent}`);
    if (state.users.has(userId) || idByName.has(foldName(given.userName))) {
      throw new Error(`The seed has ${given.userName} (id ${userId}) twice`);
    }
    const { userName, firstName, lastName, enabled, roles } = given;
    const password = given.password ?? newPassword();
    const key = given.key ?? userName;
    idByName.set(foldName(userName), userId);
    state.users.set(userId, {
      userId,
      key,
      userName,
      firstName,
      lastName,
      enabled,
      parentId,
      roles: [...roles],
      password,
    });

    const tokens = [...given.tokens, ...drawTokens(given.newTokens)];
    for (const value of tokens) addToken(state, userId, value, nowMs);
    users.push({
      key,
      userId,
      userName,
      fullName: `${firstName} ${lastName}`.trim(),
      password,
      roles,
      enabled,
      parent: given.parent ?? null,
      tokens,
    });
  }
  return { state, seed: seedOf(users, parsed.accounts) };
}

/** So many new tokens of each form. */
export function drawTokens(counts: Partial<Record<TokenForm, number>>): string[] {
  const forms: TokenForm[] = ["prefixed", "bare", "unforeseen"];
  return forms.flatMap((form) => Array.from({ length: counts[form] ?? 0 }, () => newToken(form)));
}

/** The same, read back from a state: what a state file knows, where there is one. */
export function seedFromState(state: PortalState): Seed {
  const tokens = new Map<number, string[]>();
  for (const token of state.tokens.values()) {
    const values = tokens.get(token.userId) ?? [];
    values.push(token.value);
    tokens.set(token.userId, values);
  }
  const users = [...state.users.values()].map((user) => ({
    key: user.key,
    userId: user.userId,
    userName: user.userName,
    fullName: `${user.firstName} ${user.lastName}`.trim(),
    password: user.password,
    roles: [...user.roles],
    enabled: user.enabled,
    parent: (user.parentId === null ? undefined : state.users.get(user.parentId)?.userName) ?? null,
    tokens: tokens.get(user.userId) ?? [],
  }));
  return seedOf(users, state.accounts);
}

function seedOf(users: SeededUser[], accounts: PortalAccount[]): Seed {
  return {
    users,
    accounts,
    user(wanted) {
      const found = users.find((user) => user.key === wanted || user.userName === wanted);
      if (found === undefined) throw new Error(`The seed has no user ${wanted}`);
      return found;
    },
  };
}
