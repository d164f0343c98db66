import "server-only";
import { isOwnHost, isOwnOrigin } from "@/lib/shared/own-host";
import { DeskError } from "../errors";

/*
 * Whether a request may come in at all, told by its headers alone: under the desk's own name, from the desk's own
 * pages. Read before anything else, so that what is refused here has touched neither session nor store.
 */

const safeMethods = ["GET", "HEAD", "OPTIONS"];

/**
 * Wants the desk's own host name (it keeps DNS rebinding out).
 * @throws DeskError `misdirected`
 */
export function requireHost(headers: Headers, home: URL): void {
  if (isOwnHost(headers.get("host"), home)) return;
  throw new DeskError("misdirected", {
    detail: "The Host header is not that of the desk's own address: what stands in front has to pass it on.",
  });
}

/**
 * Wants a request of our own pages (OWASP CSRF Cheat Sheet, "Fetch Metadata"). What changes something must say
 * `same-origin`, or, from a browser that sends no fetch metadata, name our origin. Reads are refused to other sites, and
 * to other hosts of our own: a read may cost much, and an export is an entry of the trail.
 * @throws DeskError `cross_site`
 */
export function requireOwnSite(method: string, headers: Headers, home: URL): void {
  const site = headers.get("sec-fetch-site");
  if (safeMethods.includes(method)) {
    if (site === "cross-site" || site === "same-site") throw new DeskError("cross_site");
    return;
  }
  const own = site === null ? isOwnOrigin(headers.get("origin"), home) : site === "same-origin";
  if (!own) throw new DeskError("cross_site");
}

/**
 * Refuses a request that brings a token in the header, since only the cookie counts here. What a proxy in front asks for
 * (Basic, Digest, Negotiate) is the proxy's: a browser sends it along with every request, and it says nothing here.
 * @throws DeskError `unauthorized`
 */
export function refuseBearer(headers: Headers): void {
  if (/^\s*bearer\b/i.test(headers.get("authorization") ?? ""))
    throw new DeskError("unauthorized", { detail: "The desk takes no bearer token." });
}
