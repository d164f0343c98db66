import { accessSync, constants } from "node:fs";
import { type EnvError, isLoopback, ownVariables } from "@/lib/server/env";
import { type DeskAddress, hostInUrl } from "../desk-address";
import { bad, but, type Finding, good } from "./finding";

const oldestNode = [20, 19] as const;

/** What can be said of the configuration: also of one that cannot be read. */
export function checkConfiguration(source: NodeJS.ProcessEnv, read: DeskAddress | EnvError): Finding[] {
  const findings = [nodeVersion(process.versions.node), ...slips(source), ...extraAuthorities(source)];
  if (read instanceof Error) return [bad(read.message), ...findings];
  const { env, host, port } = read;
  const where = `${hostInUrl(host)}:${port}`;
  findings.unshift(good(`can be read: a desk at ${env.url.origin}, which listens on ${where}`));
  if (env.url.protocol === "http:" && !env.loopback)
    findings.push(
      but(
        "people reach this desk by plain http (TOKENDESK_ALLOW_HTTP=on): their passwords can be read on the way; put a TLS proxy in front, and name it as TOKENDESK_URL=https://…",
      ),
    );
  if (!isLoopback(hostInUrl(host)))
    findings.push(
      but(
        `it listens beyond this machine (HOST ${host}): right in a container, whose network keeps others out; elsewhere leave HOST away, so that nobody comes round the proxy`,
      ),
    );
  if (env.forwardProxy) findings.push(good(`portals are asked through the proxy ${env.forwardProxy.shown}`));
  return findings;
}

function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor, wantedMinor] = oldestNode;
  const isOld = major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
  return isOld
    ? bad(`this is Node ${version}: install ${oldestNode.join(".")} or newer`)
    : good(`Node ${version}`);
}

/** Variables that look like the desk's and are none: they do nothing, and nobody says so. */
function slips(source: NodeJS.ProcessEnv): Finding[] {
  return Object.keys(source)
    .filter((name) => /^(TOKENDESK|TRUSTED_?(PROX|HOP))/i.test(name) && !ownVariables.includes(name))
    .sort()
    .map((name) => {
      const near = nearest(name, ownVariables);
      return but(
        `${name} is no variable of the desk's, and does nothing: ${near ? `${near} is meant?` : "take it out"}`,
      );
    });
}

/** The name that most looks like one, unless none does. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((one) => ({ one, steps: distance(name.toUpperCase(), one) }))
    .sort((a, b) => a.steps - b.steps);
  return best && best.steps <= Math.max(2, name.length / 4) ? best.one : undefined;
}

/** How many letters have to be put in, taken out or replaced (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [at, other] of [...to].entries())
      next.push(
        Math.min((next[at] ?? 0) + 1, (row[at + 1] ?? 0) + 1, (row[at] ?? 0) + (letter === other ? 0 : 1)),
      );
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Node goes on without a file that it cannot read, and says so once, in a line that is easily missed. */
function extraAuthorities({ NODE_EXTRA_CA_CERTS: file }: NodeJS.ProcessEnv): Finding[] {
  if (!file) return [];
  try {
    accessSync(file, constants.R_OK);
    return [good(`the certificates of ${file} are trusted, too`)];
  } catch {
    return [
      bad(
        `NODE_EXTRA_CA_CERTS: ${file} cannot be read, so that none of its certificates is trusted: correct the path, or give it to this user (chown)`,
      ),
    ];
  }
}
