import "server-only";
import { mapInSlices } from "../slices";
import type { Answer } from "./exchange";
import { parseJson, TooMuchError } from "./parse-json";
import { readUserTree } from "./read-users";
import type { PortalAccount, PortalUser, TooMany } from "./schemas";
import * as schemas from "./schemas";
import { tooMany } from "./schemas";
import { isPlausibleToken, isSendableCredential, longestToken } from "./token-form";

/*
 * From an answer's text to what it says, one function an endpoint. Each returns `undefined` when it does not understand
 * the answer: an empty body, another shape. HTML does not get here. An answer that is not understood must never look like an empty
 * list (every token would seem gone) or like a success.
 */

/** All that is read by name in any answer. */
const names: ReadonlySet<string> = new Set([
  ...[schemas.signIn, schemas.identity, schemas.userNode, schemas.role, schemas.account].flatMap((schema) =>
    Object.keys(schema.shape),
  ),
]);

/** The answer's JSON, whatever its content type claims: the portal sends JSON as text/plain too. */
async function readJson(answer: Answer): Promise<unknown> {
  try {
    return await parseJson(answer.text, names);
  } catch (error) {
    return error instanceof TooMuchError ? tooMany : undefined;
  }
}

/** Who the answer of who-am-I speaks of. */
export async function readIdentity(answer: Answer): Promise<PortalUser | TooMany | undefined> {
  const said = await readJson(answer);
  return said === tooMany ? said : userIn(said);
}

/** The credential and the user of a sign-in. `userName` stands in where the answer has none. */
export async function readSignIn(
  answer: Answer,
  userName: string,
): Promise<{ authToken: string; user: PortalUser } | TooMany | undefined> {
  const said = await readJson(answer);
  if (said === tooMany) return said;
  const parsed = schemas.signIn.safeParse(said);
  const user = userIn(said, userName);
  if (!parsed.success || !user || !isSendableCredential(parsed.data.authToken)) return undefined;
  return { authToken: parsed.data.authToken, user };
}

function userIn(said: unknown, userName?: string): PortalUser | undefined {
  const parsed = schemas.identity.safeParse(said);
  if (!parsed.success) return undefined;
  const fields = { userName, ...dropNulls(parsed.data.user ?? parsed.data) };
  const user = schemas.userFields.safeParse(fields);
  if (!user.success) return undefined;
  return tidy({ ...user.data, accountIds: parsed.data.accounts });
}

/** The minted token: bare text with white space around it, or a JSON string. */
export async function readMintedToken(answer: Answer): Promise<string | undefined> {
  const said = await readJson(answer);
  const value = (typeof said === "string" ? said : answer.text).trim();
  return isPlausibleToken(value) ? value : undefined;
}

/** Every token's value, each once, in the portal's order; values of unknown form are kept, but none that is no token's. */
export async function readTokenList(answer: Answer): Promise<string[] | TooMany | undefined> {
  const list = await readList(answer);
  if (!Array.isArray(list)) return list;
  const values = new Set<string>();
  for (const value of list) {
    if (typeof value !== "string") return undefined;
    if (value.length > longestToken) return tooMany;
    if (value !== "") values.add(value);
  }
  return [...values];
}

/** Whether the portal says that it deleted: a boolean as text, as JSON or as a JSON string, or nothing at all. */
export function readDeleted(answer: Answer): boolean | undefined {
  const word = answer.text.trim().replace(/^"(.*)"$/, "$1");
  if (word === "" || /^true$/i.test(word)) return true;
  return /^false$/i.test(word) ? false : undefined;
}

/** All users of the answer in one flat list, from a nested or a flat one. */
export async function readUsers(answer: Answer): Promise<PortalUser[] | TooMany | undefined> {
  const roots = await readList(answer);
  if (!Array.isArray(roots)) return roots;
  const users = await readUserTree(roots);
  return Array.isArray(users) ? mapInSlices(users, tidy) : users;
}

export async function readAccounts(answer: Answer): Promise<PortalAccount[] | TooMany | undefined> {
  const list = await readList(answer);
  if (!Array.isArray(list)) return list;
  const parsed = await mapInSlices(list, (entry) => schemas.account.safeParse(entry));
  const accounts = parsed.flatMap(({ data }) => (data ? tidy(data) : []));
  return accounts.length === list.length ? accounts : undefined;
}

/** An answer that is a list, as it is: what stands in it is looked at once it is known not to be endless. */
async function readList(answer: Answer): Promise<unknown[] | TooMany | undefined> {
  const list = await readJson(answer);
  if (list === tooMany) return list;
  if (!Array.isArray(list)) return undefined;
  return list.length > schemas.longestList ? tooMany : list;
}

function dropNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Without the keys whose value is undefined. */
function tidy<T extends object>(value: T): T {
  const copy = { ...value };
  for (const key in copy) if (copy[key] === undefined) delete copy[key];
  return copy;
}
