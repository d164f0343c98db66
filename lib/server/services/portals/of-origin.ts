import "server-only";
import type { Env } from "../../env";

/** One server may be configured under several ids and paths; a token of it is one token. Theirs, the portal's own too. */
export function portalsOfOrigin({ portals }: Env, portal: string): string[] {
  const own = portals.find(({ id }) => id === portal);
  if (!own) return [];
  const { origin } = new URL(own.baseUrl);
  return portals.flatMap(({ id, baseUrl }) => (new URL(baseUrl).origin === origin ? id : []));
}
