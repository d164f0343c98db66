import "server-only";
import { PortalError } from "./error";

/** One deployment of the portal, as configured. `baseUrl` may carry a path prefix: everything is relative to it. */
export type PortalConfig = { id: string; name: string; baseUrl: string };

/** A portal's address, taken apart: `origin` as in `https://host:port`, `prefix` without a trailing slash. */
export type PortalAddress = { id: string; name: string; origin: string; prefix: string };

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Takes the configured base URLs apart: the closed list of origins that the desk talks to.
 * Throws a plain Error, naming the portal's id only, for an id that is given twice and for a base URL that is not https
 * (or http on loopback), or that has a user, a query or a fragment.
 */
export function readPortals(portals: readonly PortalConfig[]): Map<string, PortalAddress> {
  const addresses = new Map<string, PortalAddress>();
  for (const { id, name, baseUrl } of portals) {
    const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
    const safe = url?.protocol === "https:" || (url?.protocol === "http:" && loopback.test(url.hostname));
    if (!url || !safe || url.username || url.password || url.search || url.hash) {
      throw new Error(
        `The base URL of portal "${id}" must be https (or http on loopback), without user, query or fragment.`,
      );
    }
    if (addresses.has(id)) throw new Error(`Portal "${id}" is configured twice.`);
    addresses.set(id, { id, name, origin: url.origin, prefix: url.pathname.replace(/\/+$/, "") });
  }
  return addresses;
}

/** The portal of this id. Throws `unknown_portal`. */
export function findPortal(portals: Map<string, PortalAddress>, id: string, endpoint: string): PortalAddress {
  const portal = portals.get(id);
  if (!portal) throw new PortalError("unknown_portal", { endpoint, sent: "no" });
  return portal;
}
