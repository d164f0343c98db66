import "server-only";
import { systemClock } from "../clock";
import type { PortalCallEvent } from "./call";
import { PortalError } from "./error";
import type { PortalLoad, PortalStatus } from "./line";
import { createPresence } from "./presence";
import type { Login, Request, Which } from "./requests";
import * as requests from "./requests";
import type { PortalAccount, PortalUser } from "./schemas";
import { createSender, isPortalsWord, type PortalCallOptions, type PortalClientOptions } from "./sender";

/*
 * The one outbound client: a method an endpoint of the portal. What crosses here: a person's credential, in one header or
 * in the form of the sign-in, to the configured origin it belongs to; token values, as results or in the path of the
 * delete that the portal defines that way. What must never: a credential in a query, a value in an error, an event or a
 * log, a word of the portal's answers but the fields of schemas.ts, a POST sent twice.
 */

export type {
  PortalAccount,
  PortalCallEvent,
  PortalCallOptions,
  PortalClientOptions,
  PortalStatus,
  PortalUser,
};

export type CredentialCheck = { result: "live" | "limited" | "dead"; latencyMs: number };

/** Every method rejects with PortalError and nothing else. */
export type PortalClient = {
  portals(): { id: string; name: string }[];
  /** `POST /v1/auth/login`. Wrong password, unknown and disabled user: whatever status the portal chooses. */
  login(portalId: string, who: Login, options?: PortalCallOptions): Promise<SignedIn>;
  /**
   * `GET /v1/admin/auth`. `null` where the deployment does not have it and the users list proves that the credential
   * is alive; `unauthorized` when it is not.
   */
  whoAmI(portalId: string, credential: string, options?: PortalCallOptions): Promise<PortalUser | null>;
  /** `POST /v1/admin/token`, sent once at most. An error with `sent: "maybe"` may have left a token at the portal. */
  mintToken(portalId: string, credential: string, options?: PortalCallOptions): Promise<string>;
  /** `GET /v1/admin/token`: the values of all tokens of the credential's user. */
  listTokens(portalId: string, credential: string, options?: PortalCallOptions): Promise<string[]>;
  /**
   * `DELETE /v1/admin/token/{token}`, as one by hand unless told otherwise. Throws `token_unsendable` and
   * `not_deleted` besides. `deleted` is what the portal says, not yet a proof.
   */
  revokeToken(
    portalId: string,
    credential: string,
    token: string,
    options?: PortalCallOptions,
  ): Promise<Revoked>;
  /** `GET /v1/admin/users`, laid flat. */
  listUsers(
    portalId: string,
    credential: string,
    which?: Which,
    options?: PortalCallOptions,
  ): Promise<PortalUser[]>;
  /** `GET /v1/admin/users/{userId}/children`, laid flat. */
  listChildren(
    portalId: string,
    credential: string,
    userId: string,
    options?: PortalCallOptions,
  ): Promise<PortalUser[]>;
  /** `GET /v1/admin/accounts`. */
  listAccounts(portalId: string, credential: string, options?: PortalCallOptions): Promise<PortalAccount[]>;
  /**
   * Tries a credential with `GET /v1/admin/users`, as the portal's guide does: 200 is live, 403 alive without the right
   * to see users, 401 dead. Throws when the portal does not say.
   */
  tryCredential(portalId: string, credential: string, options?: PortalCallOptions): Promise<CredentialCheck>;
  /** From what the last calls met; asks nobody. */
  status(portalId: string): PortalStatus;
  /** What the way there bears now; portals of one origin share it. Asks nobody. */
  load(portalId: string): PortalLoad;
  /** Lets what is under way finish, then closes the connections. */
  close(): Promise<void>;
};

export type SignedIn = { authToken: string; user: PortalUser };
/** `perhapsByUs`: a try of the same call, whose answer was lost, may be what made it absent. */
export type Revoked = { outcome: "deleted" } | { outcome: "absent"; perhapsByUs?: true };

/** Makes the client. Throws a plain Error when a portal is configured wrongly; connects to nothing yet. */
export function createPortalClient(options: PortalClientOptions): PortalClient {
  const { clock = systemClock, onOutcome } = options;
  const { portals, send, tell, status, load, close } = createSender({
    ...options,
    onOutcome(outcome) {
      const { portalId, endpoint, error } = outcome;
      // A yes to a delete is what anybody says.
      const isTelling = endpoint !== undefined && (error !== undefined || !endpoint.startsWith("DELETE"));
      if (isTelling && isPortalsWord(error)) presence.noteAnswer(portalId);
      onOutcome?.(outcome);
    },
  });
  /** Portals that have who-am-I, as far as they said. */
  const saidWho = new Set<string>();

  const ask = async <T>(
    portalId: string,
    credential: string | undefined,
    request: Request<T>,
    o?: PortalCallOptions,
  ): Promise<T> => (await send(portalId, credential, request, o)).said;

  const tryWith = async (portalId: string, credential: string | undefined, o?: PortalCallOptions) => {
    const { said, durationMs } = await send(portalId, credential, requests.tryCredential(), o);
    return { result: said, latencyMs: durationMs };
  };

  const presence = createPresence(clock, async (portalId) => {
    try {
      // Of nobody's share: whoever could use it up would be free to guess.
      await tryWith(portalId, undefined, { priority: "by-hand" });
      return "there";
    } catch (error) {
      // Something in front may answer whoever brings no credential in its own way.
      return error instanceof PortalError && error.status === 404 ? "elsewhere" : "unknown";
    }
  });

  /** Asks what only a portal answers, where the question without a credential is answered by nobody. Rejects where it is not. */
  const hearPortal = async (portalId: string, credential: string, o: PortalCallOptions) => {
    try {
      await ask(portalId, credential, requests.listTokens(), o);
    } catch (error) {
      if (!(error instanceof PortalError && isPortalsWord(error))) throw error;
    }
  };

  /** The answer to a call that the portal did not give: of a path that is none. */
  const elsewhere = (portalId: string, { endpoint }: Request<unknown>): PortalError => {
    const details = { endpoint, status: 404, cause: "another_server", sent: "no" } as const;
    const error = new PortalError("not_understood", details);
    tell({ portalId, endpoint, error });
    return error;
  };

  return {
    portals,

    async login(portalId, who, o) {
      const request = requests.signIn(who);
      try {
        return await ask(portalId, undefined, request, o);
      } catch (error) {
        const missing = error instanceof PortalError && error.kind === "not_found";
        // Where nobody can say, it is a no: or guesses would be free at a portal that says it by 404.
        if (missing && (await presence.of(portalId)) === "elsewhere") throw elsewhere(portalId, request);
        throw error;
      }
    },

    async whoAmI(portalId, credential, o) {
      const request = requests.whoAmI(saidWho.has(portalId));
      const me = await ask(portalId, credential, request, o);
      if (me) {
        saidWho.add(portalId);
        return me;
      }
      const { result } = await tryWith(portalId, credential, o);
      if (result !== "dead") return null;
      throw new PortalError("unauthorized", { endpoint: request.endpoint, status: 401, sent: "no" });
    },

    mintToken: async (portalId, credential, o) => ask(portalId, credential, requests.mint(), o),
    listTokens: async (portalId, credential, o) => ask(portalId, credential, requests.listTokens(), o),

    async revokeToken(portalId, credential, token, o) {
      const request = requests.revoke(token);
      const { said, perhapsTwice } = await send(portalId, credential, request, { priority: "by-hand", ...o });
      if (said === "absent") {
        const whereabouts = await presence.of(portalId);
        if (whereabouts === "elsewhere") throw elsewhere(portalId, request);
        if (whereabouts === "unknown") await hearPortal(portalId, credential, { priority: "by-hand", ...o });
        return { outcome: "absent", ...(perhapsTwice ? { perhapsByUs: true } : {}) };
      }
      if (said) return { outcome: "deleted" };
      throw new PortalError("not_deleted", { endpoint: request.endpoint, sent: "no" });
    },

    listUsers: async (portalId, credential, which = {}, o) =>
      ask(portalId, credential, requests.listUsers(which), o),
    listChildren: async (portalId, credential, userId, o) =>
      ask(portalId, credential, requests.listChildren(userId), o),
    listAccounts: async (portalId, credential, o) => ask(portalId, credential, requests.listAccounts(), o),
    tryCredential: tryWith,
    status,
    load,
    close,
  };
}
