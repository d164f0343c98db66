import "server-only";
import { join } from "node:path";
import { z } from "zod";
import { readDatabaseUrl } from "./env/database";
import { EnvError } from "./env/error";
import { type ForwardProxyEnv, readForwardProxy } from "./env/forward-proxy";
import { readMetricsToken } from "./env/metrics";
import { type AllowRule, type Proxies, readAdmins, readAllow, readProxies, type UserRule } from "./env/rules";
import { readSecret } from "./env/secret";

export { EnvError } from "./env/error";

/**
 * The desk's configuration, read from the environment once, at boot. Nothing else reads `process.env`.
 * A wrong value is refused here with one line that names the variable and never repeats a secret.
 */

const realPortals = [
  { id: "vacd", name: "RingCX (portal.vacd.biz)", baseUrl: "https://portal.vacd.biz/api" },
  { id: "virtualacd", name: "RingCX (portal.virtualacd.biz)", baseUrl: "https://portal.virtualacd.biz/api" },
];

export type Env = {
  /** Where browsers find the desk: an origin without a path. */
  url: URL;
  loopback: boolean;
  port: number;
  /** The folder of the SQLite file, the lock and the automatic secret. */
  dataDir: string;
  databaseUrl?: string;
  /** Where the audit trail's checkpoints are written: best where the store's owner cannot write. */
  checkpointsFile: string;
  /** Absent: made and kept in the data folder, which only a loopback desk on SQLite may do. */
  secret?: string;
  portals: { id: string; name: string; baseUrl: string }[];
  allow: AllowRule[] | "everyone";
  admins: UserRule[];
  tokenSignIn: boolean;
  seal: "minted" | "needed";
  sessionIdleMinutes: number;
  sessionMaxHours: number;
  stepUpMinutes: number;
  portalCallsPerMinute: number;
  proxies: Proxies;
  /** Whether browsers are told to use https alone, for the desk's host or for all below it too; `off` over http. */
  hsts: "on" | "subdomains" | "off";
  keepAliveSeconds: number;
  forwardProxy?: ForwardProxyEnv;
  /** What a scrape of the metrics brings along; without it there are none. */
  metricsToken?: string;
};

/** Whether a host name reaches only this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** What a request can name, as `shared/own-host` reads it: no wildcard, no further dot. */
const hostForm = /^(?:[\w.-]*[\w-]|\[[\da-f:.]+\])$/;

const wholeNumber = (least: number, most: number, fallback: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: `wants a whole number from ${least} to ${most}`,
    })
    .transform(Number)
    .optional()
    .transform((value) => value ?? fallback);

const oneOf = <const Word extends string>(...words: [Word, ...Word[]]) =>
  z.enum(words, { error: `wants ${words.slice(0, -1).join(", ")} or ${words.at(-1)}` });

const variables = z.object({
  PORT: wholeNumber(1, 65_535, 3000),
  TOKENDESK_URL: z.url({ protocol: /^https?$/, error: "wants an http or https URL" }).optional(),
  TOKENDESK_DATA: z.string().default("./data"),
  TOKENDESK_CHECKPOINTS: z.string().optional(),
  PORTALS: z.string().optional(),
  TOKENDESK_ALLOW: z.string().optional(),
  TOKENDESK_ADMINS: z.string().default(""),
  TOKENDESK_TOKEN_SIGN_IN: oneOf("on", "off").default("on"),
  TOKENDESK_SEAL: oneOf("minted", "needed").default("minted"),
  TOKENDESK_SESSION_IDLE_MINUTES: wholeNumber(1, 60, 30),
  TOKENDESK_SESSION_MAX_HOURS: wholeNumber(1, 24, 12),
  TOKENDESK_STEP_UP_MINUTES: wholeNumber(1, 60, 15),
  TOKENDESK_PORTAL_CALLS_PER_MINUTE: wholeNumber(1, 100_000, 100),
  TOKENDESK_ALLOW_HTTP: oneOf("on", "off").default("off"),
  TRUSTED_PROXY_HOPS: wholeNumber(0, 10, 0),
  TOKENDESK_HSTS: oneOf("on", "subdomains", "off").default("on"),
  TOKENDESK_KEEP_ALIVE_SECONDS: wholeNumber(1, 3_600, 75),
  TRUSTED_PROXIES: z.string().default("127.0.0.0/8 ::1"),
});

/** The desk's variables that nobody else has, with those of its commands: whatever else begins like them is a slip. */
export const ownVariables: readonly string[] = [
  ...Object.keys(variables.shape).filter((name) => /^(TOKENDESK|TRUSTED)_/.test(name)),
  ...["TOKENDESK_SECRET", "TOKENDESK_NEW_SECRET", "TOKENDESK_METRICS_TOKEN"].flatMap((name) => [
    name,
    `${name}_FILE`,
  ]),
];

const portalList = z.array(
  z.strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "wants a short lower-case id"),
    name: z.string().min(1).max(80),
    baseUrl: z.url({ protocol: /^https?$/ }),
  }),
);

/**
 * Reads and checks the configuration.
 * @throws EnvError with one line, fit to print, that names the variable at fault.
 */
export function readEnv(source: NodeJS.ProcessEnv): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ""));
  const parsed = variables.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new EnvError(`${issue?.path.join(".")} ${issue?.message}`);
  }
  const v = parsed.data;

  const url = new URL(v.TOKENDESK_URL ?? `http://127.0.0.1:${v.PORT}`);
  // The same host; without the dot it is compared with what requests name (`shared/own-host`).
  url.hostname = url.hostname.replace(/\.$/, "");
  if (url.pathname !== "/" || url.search || url.hash || url.username || url.password)
    throw new EnvError("TOKENDESK_URL wants an origin: scheme, host and port only");
  if (!hostForm.test(url.hostname) || url.port === "0")
    throw new EnvError("TOKENDESK_URL wants a host that a browser can name: no wildcard, no port 0");
  const loopback = isLoopback(url.hostname);
  if (url.protocol === "http:" && !loopback && v.TOKENDESK_ALLOW_HTTP !== "on")
    throw new EnvError("TOKENDESK_URL must be https off loopback (or set TOKENDESK_ALLOW_HTTP=on)");
  if (!loopback && v.TOKENDESK_ALLOW === undefined)
    throw new EnvError("TOKENDESK_ALLOW is required off loopback: it says who may sign in");
  if (given.AUTH_TRUST_HOST !== undefined)
    throw new EnvError("AUTH_TRUST_HOST must not be set: the desk knows its address from TOKENDESK_URL");
  if (given.NODE_TLS_REJECT_UNAUTHORIZED === "0")
    throw new EnvError("NODE_TLS_REJECT_UNAUTHORIZED=0 would accept any portal: unset it");

  // What the operator added comes first: it is what they mean people to use.
  const portals = [...readPortals(v.PORTALS), ...realPortals];
  const known = new Set(portals.map((portal) => portal.id));
  if (known.size !== portals.length)
    throw new EnvError("PORTALS repeats an id: each has its own, and vacd and virtualacd are there already");

  const databaseUrl = readDatabaseUrl(given);
  const secret = readSecret(given, "TOKENDESK_SECRET");
  if (!secret && (!loopback || databaseUrl))
    throw new EnvError(
      "TOKENDESK_SECRET (or TOKENDESK_SECRET_FILE) is required off loopback and on PostgreSQL: openssl rand -base64 32 makes one",
    );

  return {
    url,
    loopback,
    port: v.PORT,
    dataDir: v.TOKENDESK_DATA,
    databaseUrl,
    checkpointsFile: v.TOKENDESK_CHECKPOINTS ?? join(v.TOKENDESK_DATA, "audit-checkpoints.jsonl"),
    secret,
    portals,
    allow: v.TOKENDESK_ALLOW === undefined ? "everyone" : readAllow(v.TOKENDESK_ALLOW, known),
    admins: readAdmins(v.TOKENDESK_ADMINS, known),
    tokenSignIn: v.TOKENDESK_TOKEN_SIGN_IN === "on",
    seal: v.TOKENDESK_SEAL,
    sessionIdleMinutes: v.TOKENDESK_SESSION_IDLE_MINUTES,
    sessionMaxHours: v.TOKENDESK_SESSION_MAX_HOURS,
    stepUpMinutes: v.TOKENDESK_STEP_UP_MINUTES,
    portalCallsPerMinute: v.TOKENDESK_PORTAL_CALLS_PER_MINUTE,
    proxies: readProxies(v.TRUSTED_PROXIES, v.TRUSTED_PROXY_HOPS),
    hsts: url.protocol === "https:" ? v.TOKENDESK_HSTS : "off",
    keepAliveSeconds: v.TOKENDESK_KEEP_ALIVE_SECONDS,
    forwardProxy: readForwardProxy(given),
    metricsToken: readMetricsToken(given, secret),
  };
}

const portalForm = '[{"id": "…", "name": "…", "baseUrl": "https://…"}]';

function readPortals(text: string | undefined) {
  if (!text) return [];
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new EnvError(`PORTALS is not JSON: it wants ${portalForm}`);
  }
  const parsed = portalList.safeParse(json);
  if (!parsed.success) {
    const { path = [], message } = parsed.error.issues[0] ?? {};
    throw new EnvError(`PORTALS wants ${portalForm}: ${path.join(".")} ${message}`);
  }
  for (const { id, baseUrl } of parsed.data) {
    const url = new URL(baseUrl);
    if (url.protocol === "http:" && !isLoopback(url.hostname))
      throw new EnvError(`PORTALS: ${id} must be https (http only on loopback)`);
    if (url.username || url.password || url.search || url.hash)
      throw new EnvError(`PORTALS: ${id} wants a plain base URL`);
  }
  return parsed.data.map((portal) => ({ ...portal, baseUrl: portal.baseUrl.replace(/\/+$/, "") }));
}
