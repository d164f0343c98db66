import { checkPassword, openAuthToken, userOfCredential } from "./credentials";
import type { EndpointName } from "./fault-rules";
import type { PortalState, PortalUser } from "./model";
import type { PortalRequest } from "./portal-request";
import { newBareToken, newToken } from "./secrets";
import {
  addToken,
  findToken,
  type Lateness,
  listTokens,
  mayDelete,
  noteListCall,
  removeToken,
} from "./tokens";
import { childrenOf, hasNoAccess, mayManageUsers, maySee, rootsFor } from "./users";
import {
  accessDenied,
  badRequest,
  jsonReply,
  mintReply,
  notFound,
  orderList,
  PortalError,
  type Reply,
  revokeReply,
  unauthorized,
  type Variants,
  type WireUser,
  wireAccount,
  wireUser,
  wireUserAlone,
} from "./wire";

/** What an endpoint works with. Each endpoint is a function of this, and changes nothing but `state`. */
export interface EndpointContext {
  state: PortalState;
  nowMs: number;
  variants: Variants;
  /** Set by a fault: this mint or delete comes late. */
  late: Lateness | undefined;
  /** Set by a fault: this delete says `false`, with or without its effect. */
  saysFalse: { effect: boolean } | undefined;
}

type Anonymous = (context: EndpointContext, request: PortalRequest) => Reply;
type SignedIn = (context: EndpointContext, request: PortalRequest, actor: PortalUser) => Reply;

/** The user name and password of a sign-in: from the form, or from the query as the OpenAPI file has it. */
export function loginFields(request: PortalRequest): {
  userName: string | null;
  password: string | null;
  stayLoggedIn: string | null;
  passwordIn: "body" | "query" | null;
} {
  const field = (name: string): string | null => request.form.get(name) ?? request.query.get(name);
  const inQuery = request.query.has("password") ? "query" : null;
  return {
    userName: field("username"),
    password: field("password"),
    stayLoggedIn: field("stayLoggedIn"),
    passwordIn: request.form.has("password") ? "body" : inQuery,
  };
}

const login: Anonymous = (context, request) => {
  const { userName, password, stayLoggedIn } = loginFields(request);
  if (!userName || !password) throw badRequest("username and password are required");
  const user = checkPassword(context.state, userName, password);
  if (user === undefined) {
    throw new PortalError(
      401,
      "bad.credentials.exception",
      "Invalid username or password",
      "Bad credentials",
    );
  }
  const stays = stayLoggedIn === "true";
  const authToken = openAuthToken(context.state, user.userId, newBareToken(), context.nowMs, stays);
  return signInReply(context, request, user, authToken.value);
};

const who: SignedIn = (context, request, actor) => {
  if (context.variants.who === "absent") throw notFound("No such resource");
  return signInReply(context, request, actor, request.credential ?? "");
};

function signInReply(
  context: EndpointContext,
  request: PortalRequest,
  user: PortalUser,
  authToken: string,
): Reply {
  const { state, variants } = context;
  const answer = { authToken, platformHost: request.origin, accounts: state.accounts.map(wireAccount) };
  const wire = wireUserAlone(state, user, variants);
  return jsonReply(variants.loginUser === "flat" ? { ...answer, ...wire } : { ...answer, user: wire });
}

const isValid: Anonymous = ({ state, nowMs }, request) => {
  const token = request.query.get("token") ?? "";
  return jsonReply(userOfCredential(state, token, nowMs, false) !== undefined);
};

const mint: SignedIn = (context, _request, actor) => {
  const value = newToken(context.variants.mintForm);
  addToken(context.state, actor.userId, value, context.nowMs, context.late);
  return mintReply(value, context.variants);
};

const list: SignedIn = ({ state, nowMs, variants }, _request, actor) => {
  // Counted afterwards: a token that is late by one list call is still late in this one, right in the next.
  const values = listTokens(state, actor.userId, nowMs);
  noteListCall(state, actor.userId);
  return jsonReply(orderList(values, variants));
};

const revoke: SignedIn = (context, request, actor) => {
  const { state, nowMs, variants, late, saysFalse } = context;
  const token = request.token === null ? undefined : findToken(state, request.token, nowMs);
  if (token === undefined) throw notFound("The token does not exist");
  if (!mayDelete(state, actor, token)) throw accessDenied("Access is denied");
  if (saysFalse === undefined || saysFalse.effect) removeToken(state, token, nowMs, late);
  return revokeReply(saysFalse === undefined, variants);
};

const users: SignedIn = ({ state, variants }, request, actor) => {
  if (!mayManageUsers(actor)) throw accessDenied("Access is denied");
  const activeOnly = request.query.get("activeOnly") === "true";
  const tree = rootsFor(state, actor).map((root) => wireUser(state, root, variants, activeOnly));
  return jsonReply(request.query.get("flatten") === "true" ? flatten(tree) : tree);
};

const children: SignedIn = ({ state, variants }, request, actor) => {
  if (!mayManageUsers(actor)) throw accessDenied("Access is denied");
  const parent = request.userId === null ? undefined : state.users.get(request.userId);
  if (parent === undefined) throw notFound("The user does not exist");
  if (!maySee(state, actor, parent)) throw accessDenied("Access is denied");
  return jsonReply(childrenOf(state, parent.userId).map((child) => wireUser(state, child, variants, false)));
};

const accounts: SignedIn = ({ state }) => jsonReply(state.accounts.map(wireAccount));

function flatten(tree: WireUser[]): WireUser[] {
  return tree.flatMap((user) => [{ ...user, children: [] }, ...flatten(user.children)]);
}

const anonymous: Partial<Record<EndpointName, Anonymous>> = { login, "is-valid": isValid };
const signedIn: Partial<Record<EndpointName, SignedIn>> = {
  who,
  mint,
  list,
  revoke,
  users,
  children,
  accounts,
};

/**
 * Does what a call asks for and gives its answer.
 * Throws a PortalError: 400, 401 for a dead credential, 403 for one without the right, 404, 405.
 * `limit` is asked once the caller is known, and throws the 429.
 */
export function runEndpoint(
  context: EndpointContext,
  request: PortalRequest,
  limit: (who: string) => void,
): Reply {
  const open = anonymous[request.endpoint];
  if (open !== undefined) {
    if (request.endpoint === "login") limit(`login ${loginFields(request).userName?.toLowerCase() ?? ""}`);
    return open(context, request);
  }
  const closed = signedIn[request.endpoint];
  if (closed === undefined) {
    if (request.wrongMethod)
      throw new PortalError(405, undefined, "Method Not Allowed", "Method not supported");
    throw notFound("No such resource");
  }
  if (request.credential === null) throw unauthorized("No credential was sent");
  const actor = userOfCredential(context.state, request.credential, context.nowMs, true);
  if (actor === undefined) throw unauthorized("The credential is not valid");
  limit(`user ${actor.userId}`);
  // Without any right one may learn who one is, and nothing else.
  if (hasNoAccess(actor) && request.endpoint !== "who") throw accessDenied("Access is denied");
  return closed(context, request, actor);
}
