import "server-only";
import { z } from "zod";
import { mapInSlices } from "../slices";
import type { Answer } from "./exchange";
import { readUserTree } from "./read-users";
import type { PortalAccount, PortalUser, TooMany } from "./schemas";
import * as schemas from "./schemas";
import { tooMany } from "./schemas";
import { isPlausibleToken, isSendableCredential } from "./token-form";

/*
 * From an answer's text to what it says, one function an endpoint. Each returns `undefined` when it does not understand
 * the answer: an HTML page, an empty body, another shape. An answer that is not understood must never look like an empty
 * list (every token would seem gone) or like a success.
 */

/** The answer's JSON, whatever its content type claims (the portal sends JSON as text/plain too), but never of HTML. */
function readJson(answer: Answer): unknown {
  if (isHtml(answer) || isTangled(answer.text)) return undefined;
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}

/** So many values and names are read at once. */
const mostMarks = 200_000;

/**
 * Whether a text has more values and names than are read at once: four megabytes of brackets take a second, in which nobody
 * else is answered, and as much of a list is read in some milliseconds.
 */
function isTangled(text: string): boolean {
  if (text.length <= mostMarks) return false;
  let marks = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // Comma, colon, [ and {.
    if (code === 44 || code === 58 || code === 91 || code === 123) marks += 1;
  }
  return marks > mostMarks;
}

function isHtml(answer: Answer): boolean {
  return /html/i.test(answer.contentType) || answer.text.trimStart().startsWith("<");
}

/** Who the answer of sign-in or who-am-I speaks of. `userName` stands in where a sign-in's answer has none. */
export function readIdentity(answer: Answer, userName?: string): PortalUser | undefined {
  const parsed = schemas.identity.safeParse(readJson(answer));
  if (!parsed.success) return undefined;
  const fields = { userName, ...dropNulls(parsed.data.user ?? parsed.data) };
  const user = schemas.userFields.safeParse(fields);
  if (!user.success) return undefined;
  return tidy({ ...user.data, mainAccountIds: parsed.data.accounts });
}

/** The credential and the user of a sign-in. */
export function readSignIn(
  answer: Answer,
  userName: string,
): { authToken: string; user: PortalUser } | undefined {
  const parsed = schemas.signIn.safeParse(readJson(answer));
  const user = readIdentity(answer, userName);
  if (!parsed.success || !user || !isSendableCredential(parsed.data.authToken)) return undefined;
  return { authToken: parsed.data.authToken, user };
}

/** The minted token: bare text with white space around it, or a JSON string. */
export function readMintedToken(answer: Answer): string | undefined {
  if (isHtml(answer)) return undefined;
  const asString = z.string().safeParse(readJson(answer));
  const value = (asString.success ? asString.data : answer.text).trim();
  return isPlausibleToken(value) ? value : undefined;
}

/** Every token's value, each once, in the portal's order; values of unknown form are kept. */
export function readTokenList(answer: Answer): string[] | TooMany | undefined {
  const list = readList(answer);
  if (list === tooMany) return list;
  const parsed = schemas.tokenList.safeParse(list);
  if (!parsed.success) return undefined;
  return [...new Set(parsed.data)].filter((value) => value !== "");
}

/** Whether the portal says that it deleted: a boolean as text, as JSON or as a JSON string, or nothing at all. */
export function readDeleted(answer: Answer): boolean | undefined {
  const word = answer.text.trim().replace(/^"(.*)"$/, "$1");
  if (word === "" || /^true$/i.test(word)) return true;
  return /^false$/i.test(word) ? false : undefined;
}

/** All users of the answer in one flat list, from a nested or a flat one. */
export async function readUsers(answer: Answer): Promise<PortalUser[] | TooMany | undefined> {
  const roots = readList(answer);
  if (!Array.isArray(roots)) return roots;
  const users = await readUserTree(roots);
  return Array.isArray(users) ? mapInSlices(users, tidy) : users;
}

export async function readAccounts(answer: Answer): Promise<PortalAccount[] | TooMany | undefined> {
  const list = readList(answer);
  if (!Array.isArray(list)) return list;
  const parsed = await mapInSlices(list, (entry) => schemas.account.safeParse(entry));
  const accounts = parsed.flatMap(({ data }) => (data ? tidy(data) : []));
  return accounts.length === list.length ? accounts : undefined;
}

/** An answer that is a list, as it is: what stands in it is looked at once it is known not to be endless. */
function readList(answer: Answer): unknown[] | TooMany | undefined {
  if (isTangled(answer.text)) return tooMany;
  const list = readJson(answer);
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
