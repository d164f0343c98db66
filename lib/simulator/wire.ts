import type { PortalAccount, PortalState, PortalUser } from "./model";
import type { TokenForm } from "./secrets";
import { childrenOf, pathOf } from "./users";

/** The ways in which deployments answer the same call. Each is a shape that the guide or a client shows. */
export interface Variants {
  /** Signing in answers the user under `user`, or with its fields beside `authToken`. */
  loginUser: "nested" | "flat";
  /** `GET /v1/admin/auth` exists, or answers 404 as on the legacy hosts. */
  who: "present" | "absent";
  mintStatus: 200 | 201;
  /** The form of the tokens that are minted. */
  mintForm: TokenForm;
  mintBody: "text" | "json-string" | "spaced-text" | "spaced-json-string";
  /** `empty` is 204 without a body. */
  revokeBody: "text" | "json" | "spaced-text" | "empty";
  roles: "objects" | "strings";
  /** The guide promises no order. */
  listOrder: "minted" | "reversed" | "shuffled";
}

export const defaultVariants: Variants = {
  loginUser: "nested",
  who: "present",
  mintStatus: 200,
  mintForm: "prefixed",
  mintBody: "text",
  revokeBody: "text",
  roles: "objects",
  listOrder: "minted",
};

/** An answer before it is sent. An empty body is sent without a content type. */
export interface Reply {
  status: number;
  contentType: string;
  headers: Record<string, string>;
  body: string;
}

export interface WireUser {
  userId: number;
  userName: string;
  firstName: string;
  lastName: string;
  fullName: string;
  enabled: boolean;
  parentPath: string;
  roles: Array<string | { roleType: string; description: string }>;
  rootUser: boolean;
  children: WireUser[];
}

const jsonType = "application/json;charset=UTF-8";
const textType = "text/plain;charset=UTF-8";

/** A JSON answer. */
export function jsonReply(value: unknown, status = 200): Reply {
  return { status, contentType: jsonType, headers: {}, body: JSON.stringify(value) };
}

/** A plain text answer. */
function textReply(body: string, status = 200): Reply {
  return { status, contentType: textType, headers: {}, body };
}

/** An error of the portal's own: what its handlers throw, and what goes out as JSON. */
export class PortalError extends Error {
  constructor(
    readonly status: number,
    readonly errorCode: string | undefined,
    readonly generalMessage: string,
    readonly details: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(generalMessage);
  }
}

/**
 * An error in the portal's shape. `requestUri` is the path as it came, so after a failed delete it has
 * the token's value in it: a desk that shows or logs the portal's text gives the secret away.
 */
export function errorReply(error: PortalError, requestUri: string, nowMs: number): Reply {
  const body = {
    ...(error.errorCode === undefined ? {} : { errorCode: error.errorCode }),
    generalMessage: error.generalMessage,
    details: error.details,
    requestUri,
    timestamp: nowMs,
  };
  return { ...jsonReply(body, error.status), headers: error.headers };
}

export const unauthorized = (details: string): PortalError =>
  new PortalError(
    401,
    "unauthorized.exception",
    "Full authentication is required to access this resource",
    details,
  );

export const accessDenied = (details: string): PortalError =>
  new PortalError(
    403,
    "access.denied.exception",
    "You do not have permission to access this resource",
    details,
  );

export const notFound = (details: string): PortalError =>
  new PortalError(404, "resource.not.found.exception", "The requested resource was not found", details);

export const badRequest = (details: string): PortalError =>
  new PortalError(400, "invalid.request.exception", "The request is not valid", details);

/** A user with everyone below, as the portal writes them. `activeOnly` leaves the disabled ones out. */
export function wireUser(
  state: PortalState,
  user: PortalUser,
  variants: Variants,
  activeOnly: boolean,
): WireUser {
  const children = childrenOf(state, user.userId)
    .filter((child) => child.enabled || !activeOnly)
    .map((child) => wireUser(state, child, variants, activeOnly));
  return { ...wireUserAlone(state, user, variants), children };
}

/** A user without children, as signing in and the flat list show it. */
export function wireUserAlone(state: PortalState, user: PortalUser, variants: Variants): WireUser {
  return {
    userId: user.userId,
    userName: user.userName,
    firstName: user.firstName,
    lastName: user.lastName,
    fullName: `${user.firstName} ${user.lastName}`.trim(),
    enabled: user.enabled,
    parentPath: `/${pathOf(state, user).slice(0, -1).join("/")}`,
    roles: user.roles.map((role) =>
      variants.roles === "strings" ? role : { roleType: role, description: describeRole(role) },
    ),
    rootUser: user.parentId === null,
    children: [],
  };
}

function describeRole(role: string): string {
  const words = role.toLowerCase().split("_").join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** An account as `GET /v1/admin/accounts` shows it. */
export const wireAccount = (account: PortalAccount): PortalAccount => ({ ...account });

/** A minted token in the wanted form. */
export function mintReply(value: string, variants: Variants): Reply {
  const bodies = {
    text: value,
    "json-string": JSON.stringify(value),
    "spaced-text": `\r\n ${value} \n`,
    "spaced-json-string": ` ${JSON.stringify(value)}\n`,
  };
  return textReply(bodies[variants.mintBody], variants.mintStatus);
}

/** The boolean that answers a delete, in the wanted form. `false` cannot be said by an empty answer. */
export function revokeReply(deleted: boolean, variants: Variants): Reply {
  if (variants.revokeBody === "empty" && deleted) return { ...textReply("", 204), contentType: "" };
  if (variants.revokeBody === "json") return jsonReply(deleted);
  return textReply(variants.revokeBody === "spaced-text" ? ` ${deleted}\n` : String(deleted));
}

/** The list in the wanted order. */
export function orderList(values: string[], variants: Variants): string[] {
  if (variants.listOrder === "reversed") return values.reverse();
  if (variants.listOrder === "shuffled") {
    const keyed = values.map((value) => ({ value, key: Math.random() }));
    return keyed.sort((a, b) => a.key - b.key).map((entry) => entry.value);
  }
  return values;
}
