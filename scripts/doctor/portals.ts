import { causes } from "@/lib/server/cause";
import type { Env } from "@/lib/server/env";
import { PortalError } from "@/lib/server/portal/error";
import type { Answer } from "@/lib/server/portal/exchange";
import { tryCredential } from "@/lib/server/portal/requests";
import { createSender, type Sender } from "@/lib/server/portal/sender";
import { certificateEndOf, endsSoon } from "./ask";
import type { Skew } from "./clock";
import { bad, but, duration, type Finding, good, unseen } from "./finding";
import { portalMends } from "./mends";

export type PortalsState = { findings: Finding[]; skews: Skew[] };

const certificatePatienceMs = 5_000;

/** Knocks at each portal that somebody may sign in from, all at the same time: as the desk does it, without a credential. */
export async function checkPortals(env: Env): Promise<PortalsState> {
  const sender = createSender({
    portals: env.portals,
    callsPerMinute: env.portalCallsPerMinute,
    proxy: env.forwardProxy,
  });
  const states = await Promise.all(env.portals.map((portal) => checkPortal(sender, env, portal)));
  void sender.close();
  return {
    findings: states.flatMap(({ findings }) => findings),
    skews: states.flatMap(({ skews }) => skews),
  };
}

async function checkPortal(
  sender: Sender,
  { allow, forwardProxy }: Env,
  { id, baseUrl }: Env["portals"][number],
): Promise<PortalsState> {
  const name = `${id} (${baseUrl})`;
  if (allow !== "everyone" && !allow.some(({ portal }) => portal === id))
    return { findings: [unseen(`TOKENDESK_ALLOW lets nobody of ${id} in`)], skews: [] };
  const [{ finding, skewMs }, end] = await Promise.all([
    knock(sender, id, name, forwardProxy?.shown),
    forwardProxy ? undefined : certificateEndOf(new URL(baseUrl), certificatePatienceMs),
  ]);
  const left = endsSoon(end, Date.now());
  const findings = [finding];
  if (finding.mark !== "✗" && left !== undefined)
    findings.push(but(`${name}: its certificate ends in ${duration(left)}: tell whoever runs it`));
  return { findings, skews: skewMs === undefined ? [] : [{ whose: id, skewMs }] };
}

/** What the desk itself asks to know whether a portal is there: a no in the portal's own shape is the answer that is wanted. */
async function knock(
  sender: Sender,
  id: string,
  name: string,
  proxy: string | undefined,
): Promise<{ finding: Finding; skewMs?: number }> {
  let skewMs: number | undefined;
  const note = ({ date }: Answer) => {
    const at = Date.parse(date ?? "");
    // On average it is half a second past the second that it says.
    if (!Number.isNaN(at)) skewMs = at + 500 - Date.now();
  };
  const request = tryCredential();
  const noting: typeof request = {
    ...request,
    accept(answer) {
      note(answer);
      return request.accept?.(answer) ?? false;
    },
    read(answer) {
      note(answer);
      return request.read(answer);
    },
  };
  try {
    const { durationMs } = await sender.send(id, undefined, noting, { priority: "by-hand" });
    return { finding: good(`${name} answers, in ${Math.round(durationMs)} ms`), skewMs };
  } catch (error) {
    return { finding: faultOf(name, error, proxy) };
  }
}

function faultOf(name: string, error: unknown, proxy: string | undefined): Finding {
  if (!(error instanceof PortalError)) throw error;
  const { kind, cause, status } = error;
  if (kind === "rate_limited")
    return but(`${name} answers, and asks for a pause: too many calls come from here`);
  if (!cause) return bad(`${name}: no answer (${kind}): look again later`);
  if (proxy && (cause === "timeout" || cause === "connect_timeout"))
    return bad(
      `${name}: ${causes[cause]}, through the proxy ${proxy}: see whether that one answers, and its log; else the portal behind it is slow or stuck`,
    );
  const said = status === undefined ? causes[cause] : `${causes[cause]} (status ${status})`;
  return bad(`${name}: ${said}: ${portalMends[cause]}`);
}
