import { Agent, fetch as fetchBy } from "undici";

/**
 * A `fetch` for what is at this machine, whatever its name: it trusts this certificate alone.
 * @param from the address that its connections come from, one of loopback's.
 */
export function tlsFetch(cert: string, from = "127.0.0.1"): typeof fetch {
  const dispatcher = new Agent({
    localAddress: from,
    connect: {
      ca: cert,
      lookup: (_host, { all }, found) =>
        all ? found(null, [{ address: "127.0.0.1", family: 4 }]) : found(null, "127.0.0.1", 4),
    },
  });
  // The package's own types of a request are not the global ones, though they say the same.
  return ((url: string, init: object) => fetchBy(url, { ...init, dispatcher })) as unknown as typeof fetch;
}
