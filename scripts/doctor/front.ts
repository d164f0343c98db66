import { randomBytes } from "node:crypto";
import { causeOf, causes } from "@/lib/server/cause";
import { type Keys, newSecret } from "@/lib/server/crypto";
import { isLoopback } from "@/lib/server/env";
import { probeCredentials, probeHeader, signProbe } from "@/lib/server/http/signed-probe";
import { type DeskAddress, hostInUrl } from "../desk-address";
import { whyNotListen } from "../listening";
import { ask, type Heard } from "./ask";
import { bad, type Finding, good, unseen } from "./finding";
import { isAstray, judgeFirst, judgeSeen, type Probe } from "./judge-front";
import { judgeCookie, judgePage, judgePost, judgeSignOn } from "./judge-page";
import { frontMends } from "./mends";
import { type Found, findResident, nearUrl, standsBy } from "./running";
import { type StandIn, standIn } from "./stand-in";

/** Twice in a row: the first probe, and all the others at once. */
const patienceMs = 3_000;

type Situation = Found & { isTaken?: boolean; keys?: Keys };

/**
 * What becomes of a request on its way through the proxy in front. Where no desk runs the doctor itself listens in its place for a
 * moment; a desk that runs is asked by a signed probe what it saw.
 */
export async function checkFront(
  address: DeskAddress,
  { resident, ready, isTaken, keys }: Situation,
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
  if (resident === "doctor") return [unseen("another doctor is looking")];
  if (resident === "nowhere") return [unseen("the desk cannot listen where it should")];
  const word = randomBytes(8).toString("hex");
  if (resident === "desk" || isTaken) {
    const isReady = resident === "desk" && ready?.status === 200;
    const probe = { word, value: keys && signProbe(keys, Date.now(), word) };
    // A desk that stands by is not the one that people get to.
    return askThrough(address, probe, isReady, resident === "nobody" || isReady || standsBy(ready));
  }
  const probe = { word, value: newSecret() };
  let stand: StandIn;
  try {
    stand = await standIn(address, probe);
  } catch {
    if ((await findResident(address)).resident === "doctor") return [unseen("another doctor is looking")];
    return [bad((await whyNotListen(host, port)) ?? "somebody else listened here for a moment: try again")];
  }
  try {
    return await askThrough(address, probe, true, true);
  } finally {
    await stand.close();
  }
}

/**
 * @param isNear whether the desk that people get to, or whoever stands in for it, listens here, and can be asked past the proxy.
 * @param isAtWork whether that desk answers more than probes.
 */
async function askThrough(
  address: DeskAddress,
  probe: Probe,
  isNear: boolean,
  isAtWork: boolean,
): Promise<Finding[]> {
  const { env } = address;
  const signed: Record<string, string> = probe.value ? { [probeHeader]: probe.value } : {};
  const hear = (path: string, headers: Record<string, string> = {}, body?: string) =>
    ask(new URL(path, env.url), { ...signed, ...headers }, patienceMs, body);
  const hearPast = async (path: string) =>
    isNear ? ask(new URL(path, nearUrl(address)), { ...signed, host: env.url.host }, patienceMs) : undefined;
  let live: Heard;
  try {
    // Whether these get through; neither opens anything, and the edge takes such a bearer for probes alone.
    live = await hear(`/api/health/live?doctor=${probe.word}`, probeCredentials(env, probe.word));
  } catch (error) {
    const cause = causeOf(error as Error);
    return [bad(`${env.url.origin} is not reached from here, since ${causes[cause]}: ${frontMends[cause]}`)];
  }
  const { findings, seen, isDesk } = judgeFirst(address, live, probe);
  if (!isDesk) return findings;
  if (seen) {
    findings.push(...judgeSeen(address, seen));
    // It would be led home, or refused, whatever else the proxy does.
    if (isAstray(address, seen)) return findings;
  }
  if (!isAtWork) return [...findings, unseen("the desk is not ready to answer pages")];
  const both = async (path: string) => {
    const [through, past] = await Promise.all(
      [hear(path), hearPast(path)].map((one) => one.catch(() => undefined)),
    );
    return { path, through, past };
  };
  // As a browser sends the form; the desk refuses it for its type, before it reads it.
  const formPath = "/api/auth/callback/portal";
  const asForm = { origin: env.url.origin, "sec-fetch-site": "same-origin", "content-type": "text/plain" };
  const [page, csrf, posted] = await Promise.all([
    both("/sign-in"),
    both("/api/auth/csrf"),
    hear(formPath, asForm, "doctor").catch(() => undefined),
  ]);
  const signOn = judgeSignOn(address, page);
  if (signOn) return [...findings, signOn];
  return [
    ...findings,
    ...judgePage(address, page),
    ...judgeCookie(address, csrf),
    ...judgePost({ path: formPath, through: posted, past: undefined }),
  ];
}
