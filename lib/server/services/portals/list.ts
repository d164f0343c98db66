import "server-only";
import type { PortalList } from "@/lib/contracts/sessions";
import type { DeskContext } from "../context";

/** The portals that one may sign in to; told before sign-in too. A portal that nobody may enter is left out. */
export function listPortals({ desk }: Pick<DeskContext, "desk">): PortalList {
  const { allow, portals, tokenSignIn } = desk.env;
  const open =
    allow === "everyone" ? portals : portals.filter(({ id }) => allow.some((rule) => rule.portal === id));
  return { items: open.map(({ id, name }) => ({ id, name })), tokenSignIn };
}
