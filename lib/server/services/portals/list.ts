import "server-only";
import type { PortalList } from "@/lib/contracts/sessions";
import type { DeskContext, SessionContext } from "../context";

/** The portals that one may sign in to; told before sign-in too, but for where they are. A portal that nobody may enter is left out. */
export function listPortals({
  desk,
  session,
}: Pick<DeskContext, "desk"> & Partial<Pick<SessionContext, "session">>): PortalList {
  const { allow, portals, tokenSignIn } = desk.env;
  const open =
    allow === "everyone" ? portals : portals.filter(({ id }) => allow.some((rule) => rule.portal === id));
  return {
    items: open.map(({ id, name, baseUrl }) => ({ id, name, byHand: session && byHand(baseUrl) })),
    tokenSignIn,
  };
}

/** Deletes a token by itself, with a word in its place; in quotes that every shell knows. */
const byHand = (baseUrl: string): string =>
  `curl -X DELETE -H "X-Auth-Token: TOKEN" "${baseUrl}/v1/admin/token/TOKEN"`;
