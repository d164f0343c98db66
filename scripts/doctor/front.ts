import { causeOf, causes } from "@/lib/server/cause";
import { type Keys, newSecret } from "@/lib/server/crypto";
import { isLoopback } from "@/lib/server/env";
import { probeHeader, signProbe } from "@/lib/server/http/signed-probe";
import { type DeskAddress, hostInUrl } from "../desk-address";
import { whyNotListen } from "../listening";
import { ask, type Heard } from "./ask";
import { bad, type Finding, good, unseen } from "./finding";
import { judgeCookie, judgeFirst, judgePage, judgeSeen } from "./judge-front";
import { frontMends } from "./mends";
import { nearUrl, type Resident } from "./running";
import { standIn } from "./stand-in";

const patienceMs = 4_000;

type Situation = { resident: Resident; isTaken?: boolean; keys?: Keys };

/**
 * What becomes of a request on its way through the proxy in front. Where no desk runs the doctor itself listens in its place for a
 * moment; a desk that runs is asked by a signed probe what it saw.
 */
export async function checkFront(
  address: DeskAddress,
  { resident, isTaken, keys }: Situation,
): Promise<Finding[]> {
  const { env, host, port } = address;
  if (
    env.url.protocol === "http:" &&
    env.loopback &&
    isLoopback(hostInUrl(host)) &&
    port === Number(env.url.port || 80)
  )
    return [good("nothing stands in front: TOKENDESK_URL is the desk's own address on this machine")];
  if (resident === "another") return [unseen("another program has the desk's port")];
  if (resident === "silent") return [unseen("whoever has the desk's port says nothing")];
  if (resident === "desk" || isTaken)
    return askThrough(address, keys ? signProbe(keys, Date.now()) : undefined, resident === "desk");
  const fault = await whyNotListen(host, port);
  if (fault) return [bad(fault)];
  const word = newSecret();
  const stand = await standIn(address, word);
  try {
    return await askThrough(address, word, true);
  } finally {
    await stand.close();
  }
}

/**
 * @param probe what has the desk, or whoever stands in for it, tell what it saw.
 * @param isNear whether that one listens here, and can be asked past the proxy as well.
 */
async function askThrough(
  address: DeskAddress,
  probe: string | undefined,
  isNear: boolean,
): Promise<Finding[]> {
  const { env } = address;
  const signed: Record<string, string> = probe ? { [probeHeader]: probe } : {};
  const hear = (path: string, headers: Record<string, string> = {}) =>
    ask(new URL(path, env.url), { ...signed, ...headers }, patienceMs);
  const hearPast = async (path: string) =>
    isNear ? ask(new URL(path, nearUrl(address)), { ...signed, host: env.url.host }, patienceMs) : undefined;
  let live: Heard;
  try {
    // Whether these get through; neither opens anything, and the edge takes such a bearer for probes alone.
    live = await hear("/api/health/live", { cookie: "tokendesk-doctor=1", authorization: "Bearer doctor" });
  } catch (error) {
    const cause = causeOf(error as Error);
    return [bad(`${env.url.origin} is not reached from here, since ${causes[cause]}: ${frontMends[cause]}`)];
  }
  const { findings, seen, isDesk } = judgeFirst(address, live, probe !== undefined);
  if (!isDesk) return findings;
  if (seen) findings.push(...judgeSeen(address, seen));
  const both = (path: string) =>
    Promise.all([hear(path), hearPast(path)].map((one) => one.catch(() => undefined)));
  const [[page, pageHere], [csrf, csrfHere]] = await Promise.all([both("/sign-in"), both("/api/auth/csrf")]);
  return [...findings, ...judgePage(address, page, pageHere), ...judgeCookie(csrf, csrfHere)];
}
