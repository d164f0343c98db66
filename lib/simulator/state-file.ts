import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { PortalState } from "./model";

const delay = z.object({ atMs: z.number().optional(), listsLeft: z.number().optional() });

const fileSchema = z.object({
  version: z.literal(1),
  users: z.array(
    z.object({
      userId: z.number(),
      key: z.string(),
      userName: z.string(),
      firstName: z.string(),
      lastName: z.string(),
      enabled: z.boolean(),
      parentId: z.number().nullable(),
      roles: z.array(z.string()),
      password: z.string(),
    }),
  ),
  accounts: z.array(
    z.object({
      accountId: z.string(),
      accountName: z.string(),
      mainAccountId: z.string(),
      mainAccountName: z.string(),
    }),
  ),
  tokens: z.array(
    z.object({
      value: z.string(),
      userId: z.number(),
      listedFrom: delay.optional(),
      usableFrom: delay.optional(),
      listedUntil: delay.optional(),
      usableUntil: delay.optional(),
    }),
  ),
  authTokens: z.array(
    z.object({ value: z.string(), userId: z.number(), expiresAt: z.number(), lifetimeMs: z.number() }),
  ),
});

/** The state in a file, or undefined when there is no such file. Throws for a file of another shape. */
export function readStateFile(path: string): PortalState | undefined {
  if (!existsSync(path)) return undefined;
  const saved = fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  return {
    users: new Map(saved.users.map((user) => [user.userId, user])),
    accounts: saved.accounts,
    tokens: new Map(saved.tokens.map((token) => [token.value, token])),
    authTokens: new Map(saved.authTokens.map((authToken) => [authToken.value, authToken])),
  };
}

/**
 * Writes the state, all or nothing: beside the file first, then in its place. Done before a call is
 * answered, so that what a client was told outlives the process. Readable by its owner only.
 */
export function writeStateFile(path: string, state: PortalState): void {
  const saved: z.input<typeof fileSchema> = {
    version: 1,
    users: [...state.users.values()],
    accounts: state.accounts,
    tokens: [...state.tokens.values()],
    authTokens: [...state.authTokens.values()],
  };
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.new`;
  writeFileSync(beside, JSON.stringify(saved, null, 1), { mode: 0o600 });
  renameSync(beside, path);
}
