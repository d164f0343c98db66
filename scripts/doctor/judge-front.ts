import type { Seen } from "@/lib/contracts/health";
import { astray } from "@/lib/server/boot/arrival";
import { wordsOf } from "@/lib/server/boot/astray-notice";
import { probeHeader } from "@/lib/server/http/signed-probe";
import type { DeskAddress } from "../desk-address";
import { endsSoon, type Heard } from "./ask";
import { bad, but, duration, type Finding, good } from "./finding";
import { anotherDoctor, nearUrl, readLive, standsIn } from "./running";

/* What is to be made of the answers that come through the proxy in front, and what to set in it. */

const forwardedFor = [
  "nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
  "HAProxy: option forwardfor",
  "Apache, Caddy and Traefik do it by themselves.",
];
const forwardedProto = [
  "nginx: proxy_set_header X-Forwarded-Proto $scheme;",
  'Apache: RequestHeader set X-Forwarded-Proto "https"',
  "HAProxy: http-request set-header X-Forwarded-Proto https",
  "Caddy and Traefik do it by themselves.",
];
/** How a proxy passes on to an address. */
const passOn = (at: string) => [`nginx: proxy_pass http://${at};`, `Caddy: reverse_proxy ${at}`];

/** `value` is what has the desk, or whoever stands in for it, tell what it saw; `word` stands for this one probe. */
export type Probe = { word: string; value?: string };

/** Judges the answer to the first probe: whether it is the desk that answers behind the proxy. */
export function judgeFirst(
  address: DeskAddress,
  heard: Heard,
  { word, value }: Probe,
): { findings: Finding[]; isDesk: boolean; seen?: Seen } {
  const { origin } = address.env.url;
  const live = readLive(heard);
  if (!live) return { findings: [noDesk(address, heard)], isDesk: false };
  if (live.seen ? live.seen.word !== word : Number(heard.headers.age) > 0)
    return {
      findings: [
        bad(
          `a cache answers for the desk at ${origin}, with what it was told before: have it keep nothing that says no-store`,
        ),
      ],
      isDesk: false,
    };
  const left = endsSoon(heard.certificateEnds, Date.now());
  const findings = [
    left === undefined
      ? good(`${origin} leads to ${live.seen ? "this" : "a"} desk`)
      : but(`${origin} leads to the desk, and its certificate ends in ${duration(left)}: renew it`),
  ];
  if (!live.seen)
    findings.push(
      but(
        value
          ? `the desk behind ${origin} does not know this store's key: it works on another store, stands by, or is of an older version, or the proxy drops X-Tokendesk-Doctor; see where the proxy passes on to, and what it passes on`
          : "what the desk sees of a request could not be asked for, since the store's key could not be opened: mend that first",
      ),
    );
  return { findings, isDesk: true, seen: live.seen };
}

function noDesk(address: DeskAddress, { status, headers }: Heard): Finding {
  const { url } = address.env;
  const at = nearUrl(address).host;
  if (headers[probeHeader] === standsIn) return but(anotherDoctor);
  if (status === 401 && headers["www-authenticate"])
    return but(
      `${url.origin} asks for a password of the proxy's own (status 401), so that nothing behind it was looked at: let /api/health/ pass without it`,
    );
  if (status >= 300 && status < 400) return ledAway(url, headers.location ?? "");
  if ([502, 503, 504].includes(status))
    return bad(
      `the proxy at ${url.origin} answers ${status}: it does not get through to ${at}. See its log, and that it passes on to there:`,
      ...passOn(at),
    );
  return bad(
    `something else answers at ${url.origin} (status ${status}): see TOKENDESK_URL, and that the proxy has a site of that host (nginx: server_name) which passes on to here:`,
    ...passOn(at),
  );
}

function ledAway(url: URL, location: string): Finding {
  const to = URL.canParse(location, url) ? new URL(location, url) : undefined;
  if (to?.origin === url.origin)
    return bad(
      `${url.origin} leads to itself, in a circle: the proxy leads to https what came by https already; have it do that for port 80 alone (nginx: a server of its own with return 301), or for what says so in X-Forwarded-Proto`,
    );
  return bad(
    `${url.origin} leads elsewhere${to ? `, to ${to.origin}` : ""}: have the proxy pass on instead, or name that address as TOKENDESK_URL if it is where people find the desk`,
  );
}

/** Judges what arrived of a request at the desk. */
export function judgeSeen({ env }: DeskAddress, seen: Seen): Finding[] {
  const startedOtherwise = judgeStart(env, seen);
  if (startedOtherwise.length > 0) return startedOtherwise;
  const found = astray({ headers: { host: seen.host, "x-forwarded-proto": seen.proto } }, env);
  if (found) {
    const { settings, otherwise } = wordsOf(found.header, env.url);
    const wanted = found.header === "Host" ? env.url.host : "https";
    return [
      bad(
        `the proxy hides how the desk was asked for: ${found.header} arrives as ${JSON.stringify(found.received)}, and ${wanted} is wanted. ${otherwise} Else set in the proxy:`,
        ...settings.map((setting) => setting.join(": ")),
      ),
    ];
  }
  const findings: Finding[] = [];
  if (env.url.protocol === "https:" && !seen.proto)
    findings.push(
      but(
        "X-Forwarded-Proto does not arrive, so that the desk cannot tell who comes by http. Set in the proxy:",
        ...forwardedProto,
      ),
    );
  findings.push(...judgeAddresses(seen, env.proxies.hops));
  if (!seen.cookie)
    findings.push(
      bad(
        "the browser's cookies do not arrive as they are sent, so that nobody stays signed in: have the proxy pass Cookie on",
      ),
    );
  if (!seen.authorization)
    findings.push(
      but(
        "Authorization does not arrive as it is sent: people work without it; Prometheus would not get GET /api/metrics through this proxy: have it pass the header on, or ask the desk itself",
      ),
    );
  return findings.length > 0
    ? findings
    : [good("the desk sees by which name, scheme and address it is asked")];
}

/** What is to be set goes by this configuration: that of the desk has to be the same. */
function judgeStart({ url, proxies }: DeskAddress["env"], { origin, hops }: Seen): Finding[] {
  const other = [
    ...(origin === url.origin ? [] : [`TOKENDESK_URL (${origin})`]),
    ...(hops === proxies.hops ? [] : [`TRUSTED_PROXY_HOPS (${hops})`]),
  ];
  if (other.length === 0) return [];
  return [
    but(
      `the running desk was started with another ${other.join(" and ")}, so that nothing more can be said: restart it, or give this command the same`,
    ),
  ];
}

/** Whether a desk that was asked like this takes itself for another, and leads pages elsewhere or refuses them. */
export const isAstray = ({ env }: DeskAddress, { host, proto, origin }: Seen): boolean =>
  origin !== env.url.origin || astray({ headers: { host, "x-forwarded-proto": proto } }, env) !== undefined;

/** Limits and the trail go by the caller's address, which proxies tell. */
function judgeAddresses({ forwarded, trusted, peer }: Seen, hops: number): Finding[] {
  const all = "to the desk all people have one address: fifty wrong passwords of one keep everybody waiting";
  if (hops === 0 && forwarded > 0)
    return [
      but(
        `a proxy says in X-Forwarded-For who asks, and the desk does not listen (TRUSTED_PROXY_HOPS 0), so that ${all}; set TRUSTED_PROXY_HOPS=${forwarded}${trusted ? "" : ` and TRUSTED_PROXIES=${peer}`}`,
      ),
    ];
  if (hops > 0 && forwarded === 0)
    return [
      bad(
        `X-Forwarded-For does not arrive, and TRUSTED_PROXY_HOPS is ${hops}, so that ${all}. Set in the proxy:`,
        ...forwardedFor,
      ),
    ];
  if (hops > 0 && !trusted)
    return [
      bad(
        `requests come from ${peer}, which TRUSTED_PROXIES does not name, so that ${all}; name it there if it is the proxy`,
      ),
    ];
  if (hops !== forwarded)
    return [
      but(
        `X-Forwarded-For has ${forwarded} ${forwarded === 1 ? "address" : "addresses"}, and TRUSTED_PROXY_HOPS is ${hops}: set it to how many proxies stand in front, each of which adds one`,
      ),
    ];
  return [];
}
