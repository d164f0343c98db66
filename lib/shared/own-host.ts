/*
 * Whether a request names the desk itself. Letter case, the final dot of a full name and the scheme's own port make no
 * other host of it, and a browser may send each of them.
 */

/** A name, an IPv4 or a bracketed IPv6 address, with a port or without: what else a parser of addresses would take is left out. */
const hostForm = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{0,5})?$/i;

/** Whether the value of a `Host` header is the desk's own host and port. `home` has no final dot. */
export function isOwnHost(host: string | null | undefined, home: URL): boolean {
  if (!host || !hostForm.test(host)) return false;
  const address = `${home.protocol}//${host}`;
  if (!URL.canParse(address)) return false;
  const named = new URL(address);
  named.hostname = named.hostname.replace(/\.$/, "");
  return named.host === home.host;
}

/** The same for the value of an `Origin` header, whose scheme must be the desk's too. */
export function isOwnOrigin(origin: string | null | undefined, home: URL): boolean {
  const scheme = `${home.protocol}//`;
  return origin?.startsWith(scheme) === true && isOwnHost(origin.slice(scheme.length), home);
}
