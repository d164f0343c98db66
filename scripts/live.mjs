import { request } from "node:http";

/*
 * `node scripts/live.mjs`: ends with 0 where the desk of this environment answers, with 1 where it does not, and says nothing. For
 * a container's health check, which has nobody else to ask with. It is the desk's own address that is asked, as
 * `desk-address.ts` reads it, and never a forward proxy.
 */

const { HOST = "", PORT = "", TOKENDESK_URL = "" } = process.env;
const patienceMs = 4_000;

/** Where it listens on every address it is found on loopback; a host in brackets is none for a socket. */
const everywhere = { "0.0.0.0": "127.0.0.1", "::": "::1" };

const named = URL.canParse(TOKENDESK_URL) ? new URL(TOKENDESK_URL) : undefined;
const own = named?.hostname.replace(/\.$/, "") ?? "";
const isOfThisMachine = own === "localhost" || own === "[::1]" || /^127(\.\d{1,3}){3}$/.test(own);
const address = (HOST || (isOfThisMachine && own !== "localhost" ? own : "127.0.0.1")).replace(
  /^\[(.*)\]$/,
  "$1",
);
const port = PORT || (isOfThisMachine && named?.port) || "3000";

const call = request({
  host: everywhere[address] ?? address,
  port,
  path: "/api/health/live",
  timeout: patienceMs,
  agent: false,
});
call.on("response", ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1));
call.on("timeout", () => process.exit(1));
call.on("error", () => process.exit(1));
call.end();
