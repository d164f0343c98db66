import "server-only";
import { BlockList, isIP } from "node:net";
import { EnvError } from "./error";

/** One user of a portal, by name or by the portal's id. */
export type UserRule = { portal: string } & ({ userName: string } | { userId: string });

/** Who may sign in: everybody of a portal, one account there (or all below a main one), or one user there. */
export type AllowRule = { portal: string; account: string } | UserRule | { portal: string };

/** Whose `X-Forwarded-For` is believed: so many proxies in a row, each in one of these networks. */
export type Proxies = { hops: number; networks: BlockList };

const entries = (text: string) => text.split(/[\s,]+/).filter(Boolean);

/** Reads `TOKENDESK_ALLOW`. */
export function readAllow(text: string, portals: Set<string>): AllowRule[] {
  const rules = entries(text).map((entry): AllowRule => {
    const [portal, kind, value] = parts(entry);
    if (!portals.has(portal)) throw new EnvError(`TOKENDESK_ALLOW names an unknown portal in "${entry}"`);
    if (kind === undefined) return { portal };
    if (kind === "account" && value) return { portal, account: value };
    if (kind === "user" && value) return { portal, userName: value };
    if (kind === "userId" && value) return { portal, userId: value };
    throw new EnvError(
      "TOKENDESK_ALLOW wants portal, portal:account:<id>, portal:user:<name> or portal:userId:<id>, " +
        `not "${entry}"`,
    );
  });
  if (rules.length === 0) throw new EnvError("TOKENDESK_ALLOW lets nobody in");
  return rules;
}

/** Reads `TOKENDESK_ADMINS`. */
export function readAdmins(text: string, portals: Set<string>): UserRule[] {
  return entries(text).map((entry) => {
    const [portal, kind = "", value] = parts(entry);
    const isKind = kind === "user" || kind === "userId";
    // A name that is a kind's is one whose value was forgotten.
    if (!portals.has(portal) || !kind || isKind !== (value !== undefined) || value === "")
      throw new EnvError(
        `TOKENDESK_ADMINS wants portal:userName, portal:user:<name> or portal:userId:<id>, not "${entry}"`,
      );
    return kind === "userId" && value ? { portal, userId: value } : { portal, userName: value ?? kind };
  });
}

/** `a:b:c:d` as `a`, `b` and `c:d`. */
function parts(entry: string): [portal: string, kind: string | undefined, value: string | undefined] {
  const [portal = "", kind, ...rest] = entry.split(":");
  return [portal, kind, kind !== undefined && rest.length > 0 ? rest.join(":") : undefined];
}

/** Reads `TRUSTED_PROXIES`: addresses, and networks as `10.0.0.0/8`. */
export function readProxies(text: string, hops: number): Proxies {
  const networks = new BlockList();
  for (const entry of entries(text)) {
    if (entry.includes("%"))
      throw new EnvError(
        `TRUSTED_PROXIES names no zone, since addresses are compared without: not "${entry}"`,
      );
    const [address = "", bits, ...rest] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const most = family === "ipv6" ? 128 : 32;
    const prefix = bits === undefined ? most : Number(bits);
    if (isIP(address) === 0 || rest.length > 0 || !/^\d*$/.test(bits ?? "") || bits === "" || prefix > most)
      throw new EnvError(`TRUSTED_PROXIES wants addresses and networks (10.0.0.0/8), not "${entry}"`);
    networks.addSubnet(address, prefix, family);
  }
  return { hops, networks };
}
