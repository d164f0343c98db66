import { liveness } from "@/lib/contracts/health";
import { isLoopback } from "@/lib/server/env";
import { probeHeader } from "@/lib/server/http/signed-probe";
import { type DeskAddress, hostInUrl } from "../desk-address";
import { refusalToListen, whyNotListen } from "../listening";
import { ask, type Heard } from "./ask";
import { bad, but, type Finding, good } from "./finding";

/**
 * Who answers where the desk listens; somebody who says nothing may well be a desk that is stuck. `nowhere` is an address that this
 * machine has not.
 */
export type Resident = "desk" | "nobody" | "another" | "silent" | "doctor" | "nowhere";

export type Found = { resident: Resident; ready?: Heard };

/** What a doctor that stands in for a desk says of itself to others, in the header of its probes. */
export const standsIn = "stands-in";
export const anotherDoctor =
  "another doctor is looking, and listens in the desk's place: try again when it is done";

const patienceMs = 3_000;

/** Where a program of this machine reaches what listens at a host: one that stands for all of them is no address to ask. */
export const nearUrl = ({ host, port }: Pick<DeskAddress, "host" | "port">): URL =>
  new URL(`http://${host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : hostInUrl(host)}:${port}`);

/** Asks whoever listens at the desk's own address whether it is one, and ready; never by way of the proxy in front. */
export async function findResident(address: DeskAddress): Promise<Found> {
  const refusal = await refusalToListen(address.host, address.port);
  // Where a port is kept from this user, another may well listen there.
  if (refusal !== undefined && !["EADDRINUSE", "EACCES"].includes(refusal)) return { resident: "nowhere" };
  const at = nearUrl(address);
  const headers = { host: address.env.url.host };
  const hear = (path: string) =>
    ask(new URL(path, at), headers, patienceMs).catch((error: unknown) => codeOf(error));
  const [live, ready] = await Promise.all([hear("/api/health/live"), hear("/api/health/ready")]);
  if (typeof live === "string") return { resident: residentBehind(live) };
  if (live.headers[probeHeader] === standsIn) return { resident: "doctor" };
  if (!isLive(live)) return { resident: "another" };
  return { resident: "desk", ready: typeof ready === "string" ? undefined : ready };
}

function residentBehind(code: string): Resident {
  if (/^(ECONNREFUSED|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN))$/.test(code))
    return "nobody";
  return /TIMEOUT|TIMEDOUT/.test(code) ? "silent" : "another";
}

const codeOf = (error: unknown) => String((error as NodeJS.ErrnoException).code ?? "");

/** What a desk says of itself, unless somebody else says it. */
export function readLive({ status, text }: Heard) {
  try {
    return status === 200 ? liveness.safeParse(JSON.parse(text)).data : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a desk that is not ready waits for another one's end. */
export const standsBy = (ready: Heard | undefined): boolean =>
  ready !== undefined && ready.status !== 200 && ready.text.includes('"standby"');

const isLive = (heard: Heard): boolean => readLive(heard) !== undefined;

/**
 * What is to be said of the desk itself.
 * @param isTaken whether a desk works on the store; undefined where nobody can tell.
 */
export async function checkResident(
  address: DeskAddress,
  { resident, ready }: Found,
  isTaken: boolean | undefined,
): Promise<Finding[]> {
  const where = nearUrl(address).host;
  if (resident === "doctor") return [but(anotherDoctor)];
  if (resident === "nowhere")
    return [bad((await whyNotListen(address.host, address.port)) ?? "the desk could not listen: look again")];
  if (resident === "another")
    return [
      bad(`something else answers at ${where}, where this desk listens: end it, or set PORT to another`),
    ];
  if (resident === "silent")
    return [
      bad(
        `whoever listens at ${where} says nothing for ${patienceMs / 1_000} seconds: if it is the desk, look at its log and start it anew; else end it, or set PORT to another`,
      ),
    ];
  if (resident === "nobody") {
    if (!isTaken) return [good(`no desk runs here: nobody listens at ${where}`)];
    return [
      but(
        isLoopback(nearUrl(address).hostname)
          ? `a desk works on the store, and none answers at ${where}: give this command the same HOST and PORT as the desk, unless it runs elsewhere`
          : `a desk works on the store, and not at ${where}`,
      ),
    ];
  }
  if (isTaken === false)
    return [
      bad(
        `a desk runs at ${where}, and works on another store than this: give this command the same TOKENDESK_DATA and DATABASE_URL as the desk`,
      ),
    ];
  if (ready?.status === 200) return [good(`a desk runs at ${where}, and is ready`)];
  if (standsBy(ready))
    return [good(`a desk runs at ${where}, and stands by: another one works on the database`)];
  return [
    bad(
      `a desk runs at ${where}, and is not ready: the line "not ready" of its log names the part that fails`,
    ),
  ];
}
