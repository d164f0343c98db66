import "server-only";
import type { CallSpec } from "./call";
import { PortalError } from "./error";
import type { Answer } from "./exchange";
import {
  readAccounts,
  readDeleted,
  readIdentity,
  readMintedToken,
  readSignIn,
  readTokenList,
  readUsers,
} from "./read-answers";
import type { TooMany } from "./schemas";
import { isPortalsNo } from "./status-error";
import { tokenPathSegment } from "./token-form";

/*
 * What each endpoint of the portal is asked, and what its answers are read as. The path of a delete holds a token, since
 * the portal defines it that way; every other value travels in a body or a header.
 */

export type Request<T> = Pick<
  CallSpec<T>,
  "endpoint" | "method" | "path" | "accept" | "mayBeMissing" | "body" | "read" | "maxBytes"
>;

export type Login = { username: string; password: string };
export type Which = { activeOnly?: boolean; flatten?: boolean };

const wordBytes = 64 * 1024;
/** A list of as many as are believed is smaller; to read more of it at once would keep everybody waiting. */
const listBytes = 4 * 1024 * 1024;

const usersPath = "/v1/admin/users";

/** What tells without a credential whether the portal works. More than one, for a fault may be of one of them alone. */
export const knocks = [usersPath, "/v1/admin/auth"];

/** All that the portal is asked: a method and a path as a template each. */
export const endpoints = [
  "POST /v1/auth/login",
  "GET /v1/admin/auth",
  "POST /v1/admin/token",
  "GET /v1/admin/token",
  "DELETE /v1/admin/token/{token}",
  "GET /v1/admin/users",
  "GET /v1/admin/users/{userId}/children",
  "GET /v1/admin/accounts",
] as const;
type Endpoint = (typeof endpoints)[number];

/** `endpoint` is a method and a path as a template; `path` that path filled in, where it is another. */
function request<T>(
  endpoint: Endpoint,
  maxBytes: number,
  read: CallSpec<T>["read"],
  more: Partial<Request<T>> = {},
): Request<T> {
  const [method, path = ""] = endpoint.split(" ");
  return { endpoint, method: method as Request<T>["method"], path, maxBytes, read, ...more };
}

const isNoWith = (answer: Answer, ...statuses: number[]): boolean =>
  statuses.includes(answer.status) && isPortalsNo(answer);

export const signIn = ({ username, password }: Login) =>
  request("POST /v1/auth/login", listBytes, (answer) => readSignIn(answer, username), {
    body: new URLSearchParams({ username, password }).toString(),
    mayBeMissing: true,
  });

/**
 * Null where the deployment does not have it: anybody may say so of a path that is none, unless it was there before.
 * What is asked then is there in every deployment.
 */
export const whoAmI = (wasThere: boolean) =>
  request(
    "GET /v1/admin/auth",
    listBytes,
    (answer) => (answer.status === 404 ? null : readIdentity(answer)),
    {
      accept: (answer) => answer.status === 404 && (isPortalsNo(answer) || !wasThere),
    },
  );

export const mint = () => request("POST /v1/admin/token", wordBytes, readMintedToken);

export const listTokens = () => request("GET /v1/admin/token", listBytes, readTokenList);

/** Throws `token_unsendable`. */
export function revoke(token: string) {
  const endpoint = "DELETE /v1/admin/token/{token}";
  const read = (answer: Answer) => (answer.status === 404 ? ("absent" as const) : readDeleted(answer));
  return request(endpoint, wordBytes, read, {
    path: `/v1/admin/token/${segment(token, endpoint)}`,
    accept: (answer) => isNoWith(answer, 404),
  });
}

export function listUsers({ activeOnly, flatten }: Which) {
  const query = new URLSearchParams();
  if (activeOnly !== undefined) query.set("activeOnly", String(activeOnly));
  if (flatten !== undefined) query.set("flatten", String(flatten));
  const path = query.size > 0 ? `${usersPath}?${query}` : usersPath;
  return request(`GET ${usersPath}`, listBytes, readUsers, { path });
}

/** The users list as what a credential is tried with. */
export const tryCredential = () =>
  request(`GET ${usersPath}`, listBytes, judgeCredential, { accept: (answer) => isNoWith(answer, 401, 403) });

async function judgeCredential(answer: Answer): Promise<"live" | "limited" | "dead" | TooMany | undefined> {
  if (answer.status === 401) return "dead";
  if (answer.status === 403) return "limited";
  const users = await readUsers(answer);
  return Array.isArray(users) ? "live" : users;
}

/** Throws `token_unsendable` for an id that cannot stand in a path. */
export function listChildren(userId: string) {
  const endpoint = "GET /v1/admin/users/{userId}/children";
  const path = `${usersPath}/${segment(userId, endpoint)}/children`;
  return request(endpoint, listBytes, readUsers, { path, mayBeMissing: true });
}

export const listAccounts = () => request("GET /v1/admin/accounts", listBytes, readAccounts);

function segment(value: string, endpoint: string): string {
  const path = tokenPathSegment(value);
  if (path === undefined) throw new PortalError("token_unsendable", { endpoint, sent: "no" });
  return path;
}
