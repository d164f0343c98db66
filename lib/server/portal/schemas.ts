import "server-only";
import { z } from "zod";

/*
 * The shapes of the portal's answers, as its guide, its OpenAPI files and its client libraries give them. What crosses
 * here: fields named below, in one form each. Everything else is dropped, and what identity or rights rest on is either
 * well-formed or not accepted; a surprise in any other field makes that field absent, never the answer an error.
 */

/** A portal user. `roles` are role types such as `MANAGE_USERS`; ids are strings, whatever the portal sends. */
export type PortalUser = {
  userId?: string;
  userName: string;
  firstName?: string;
  lastName?: string;
  fullName?: string;
  enabled?: boolean;
  roles: string[];
  /** Only where the portal says who is signed in: that user's accounts, main ones and those below them. */
  accountIds?: string[];
  /** The user one step up in the tree, where the answer tells. */
  parentId?: string;
};

export type PortalAccount = {
  accountId: string;
  accountName?: string;
  mainAccountId?: string;
  mainAccountName?: string;
};

/**
 * The most that one list is believed to have, of tokens, people or accounts. Each entry becomes a row and a place in memory:
 * megabytes of short ones, which no user has, ended the process.
 */
export const longestList = 10_000;

const noControls = /^\P{Cc}*$/u;

// An integer beyond the safe range was rounded by the JSON parser, and might then name somebody else.
// Kept as it is: what is taken off would make somebody else of whoever has it.
const id = z.union([z.int().transform(String), z.string().min(1).max(64).regex(noControls)]);

const absentOnSurprise = <T extends z.ZodType>(schema: T) =>
  schema
    .nullish()
    .transform((value) => value ?? undefined)
    .catch(undefined);

const text = absentOnSurprise(
  z
    .string()
    .trim()
    .max(256)
    .regex(noControls)
    .transform((value) => value || undefined),
);

export const role = z.object({ roleType: z.string() });

/** More of them than any user has are not looked at, before anything is read of them. */
const atMost = (most: number) => (value: unknown) =>
  Array.isArray(value) && value.length > most ? value.slice(0, most) : value;

/** Roles give rights: an entry of an unknown form gives none, and neither do those beyond the first two hundred. */
const roles = z
  .preprocess(
    atMost(200),
    z
      .array(z.union([z.string(), role.transform(({ roleType }) => roleType)]).catch(""))
      .nullish()
      .catch([]),
  )
  .transform((types) => [...new Set(types ?? [])].filter((type) => /^[A-Za-z0-9_]{1,64}$/.test(type)));

export const userFields = z.object({
  userId: id.nullish().transform((value) => value ?? undefined),
  userName: z.string().min(1).max(256).regex(noControls).regex(/\S/),
  firstName: text,
  lastName: text,
  fullName: text,
  enabled: absentOnSurprise(z.boolean()),
  roles,
});

/** Of listed people fewer roles are kept: they give no right here, and ten thousand have them. */
const fewRoles = 20;

/** A user as a node of the tree; `children` are looked at one by one, so that no depth can exhaust the stack. */
export const userNode = userFields.extend({
  roles: roles.transform((types) => types.slice(0, fewRoles)),
  parentPath: text,
  children: absentOnSurprise(z.array(z.unknown())),
});

/** The numbers of accounts, main ones first: each by its own, and by that of the main account that it belongs to. */
export const accountNumbers = (
  accounts: readonly { accountId?: string; mainAccountId?: string }[],
): string[] => [
  ...new Set([
    ...accounts.flatMap(({ mainAccountId }) => mainAccountId ?? []),
    ...accounts.flatMap(({ accountId }) => accountId ?? []),
  ]),
];

const accountIds = absentOnSurprise(
  z
    .preprocess(
      atMost(longestList),
      z.array(
        z
          .object({ accountId: absentOnSurprise(id), mainAccountId: absentOnSurprise(id) })
          .catch({ accountId: undefined, mainAccountId: undefined }),
      ),
    )
    .transform(accountNumbers),
);

/** Sign-in and who-am-I; the user stands under `user`, or beside it in some deployments. */
export const identity = z.looseObject({ user: z.looseObject({}).nullish(), accounts: accountIds });

export const signIn = z.object({ authToken: z.string() });

/** What a list is read as that has more. */
export const tooMany = "too many";
export type TooMany = typeof tooMany;

export const account = z.object({
  accountId: id,
  accountName: text,
  mainAccountId: absentOnSurprise(id),
  mainAccountName: text,
});
