import { type ProblemCode, problem } from "@/lib/contracts/problem";
import { cookieName } from "@/lib/server/auth/cookies";
import { baseHeaders, documentPolicy } from "@/lib/shared/security-headers";
import type { DeskAddress } from "../desk-address";
import type { Heard } from "./ask";
import { bad, but, type Finding, unseen } from "./finding";

/* What a browser that came through the proxy in front could do with what it gets: see the page, keep the cookie, sign in. */

/** One path's answer through the proxy, and past it where that can be had; undefined where none came. */
export type Pair = { path: string; through: Heard | undefined; past: Heard | undefined };

/** Judges how the page came through. */
export function judgePage(address: DeskAddress, pair: Pair): Finding[] {
  const { through, past } = pair;
  const wrong = judgeStatus(address, pair);
  if (wrong || !through) return wrong ?? [];
  const { env } = address;
  const findings: Finding[] = [];
  if (past && scriptsIn(through.text) > scriptsIn(past.text))
    findings.push(
      but(
        "the proxy puts scripts of its own into pages, which the desk's policy stops: have it change nothing in what says no-transform",
      ),
    );
  findings.push(...judgePolicy(address, through, past));
  if (env.url.protocol === "https:") findings.push(...judgeHsts(address, through));
  return findings;
}

/** What is wrong where a path is not answered as the desk does; undefined where nothing is. */
function judgeStatus({ env }: DeskAddress, { path, through, past }: Pair): Finding[] | undefined {
  const at = `${env.url.origin}${path}`;
  if (!through) return [bad(`${at} gets no answer through the proxy: see its log`)];
  const { status } = through;
  if (status === (past?.status ?? 200)) {
    if (status === 200) return undefined;
    return [unseen(`the desk itself answers ${path} with status ${status}`)];
  }
  return [
    bad(
      `${at} is answered with status ${status} through the proxy, and with ${past?.status ?? 200} by the desk, so that nobody can sign in: have the proxy pass on every path`,
    ),
  ];
}

/** What is said of a proxy that lets nobody through whom it does not know, as a sign-on of its own; undefined of others. */
export function judgeSignOn({ env }: DeskAddress, { path, through }: Pair): Finding | undefined {
  if (!through) return undefined;
  const { status, headers } = through;
  if (!(status === 401 && headers["www-authenticate"]) && !leadsElsewhere(env.url, through)) return undefined;
  return but(
    `the proxy wants people to sign in with it first (status ${status} at ${path}), so that nothing behind that was looked at`,
  );
}

function leadsElsewhere(home: URL, { status, headers: { location = "" } }: Heard): boolean {
  if (status < 300 || status > 399) return false;
  return URL.canParse(location, home) && new URL(location, home).origin !== home.origin;
}

const scriptsIn = (html: string): number => html.match(/<script\b/gi)?.length ?? 0;

const withoutNonces = (policy: string): string => policy.replace(/'nonce-[^']*'/g, "'nonce'");

/** The page's policy names the nonce of its scripts: another one beside it may stop them, and one in its place lets others in. */
function judgePolicy({ env }: DeskAddress, { headers }: Heard, past: Heard | undefined): Finding[] {
  const arrived = headers["content-security-policy"];
  const sent =
    past?.headers["content-security-policy"] ?? documentPolicy("", { https: env.url.protocol === "https:" });
  if (arrived && withoutNonces(String(arrived)) === withoutNonces(String(sent))) return [];
  return [
    bad(
      arrived
        ? "the proxy changes the Content-Security-Policy of pages, or adds one of its own, which may stop the desk's scripts: have it pass on what the desk says (nginx: no add_header, no proxy_hide_header)"
        : "the proxy takes Content-Security-Policy away from pages: have it pass on what the desk says (nginx: no proxy_hide_header)",
    ),
  ];
}

function judgeHsts({ env }: DeskAddress, { headers }: Heard): Finding[] {
  const arrived = headers["strict-transport-security"];
  if (!arrived)
    return [
      but(
        env.hsts === "off"
          ? "nobody tells browsers to use https alone: have the proxy send Strict-Transport-Security, or take TOKENDESK_HSTS=off away"
          : "the proxy takes Strict-Transport-Security away: have it pass on what the desk says, or send its own",
      ),
    ];
  const wanted = secondsOf(baseHeaders(env.hsts)["Strict-Transport-Security"] ?? "max-age=1");
  if (secondsOf(arrived) >= wanted) return [];
  return [
    but(
      `the proxy tells browsers to use https alone for ${secondsOf(arrived)} seconds (Strict-Transport-Security), and the desk says ${wanted}: have it pass on what the desk says`,
    ),
  ];
}

/** Of several the first counts (RFC 6797, 8.1). */
const secondsOf = (header: string): number => Number(/max-age="?(\d+)/i.exec(header)?.[1] ?? 0);

/** Judges whether the cookie of the sign-in form comes through as the desk sends it. */
export function judgeCookie(address: DeskAddress, pair: Pair): Finding[] {
  const wrong = judgeStatus(address, pair);
  if (wrong) return wrong;
  const name = cookieName(address.env, "csrf");
  const [arrived, sent] = [pair.through, pair.past].map((heard) => formOf(heard, name));
  const wanted = sent ?? `path=/${address.env.url.protocol === "https:" ? ";secure" : ""}`;
  if (arrived !== undefined && wanted.split(";").every((part) => arrived.split(";").includes(part)))
    if (!arrived.includes("domain=")) return [];
  return [
    bad(
      arrived === undefined
        ? "the proxy keeps the desk's cookies from browsers, so that nobody can sign in: have it pass Set-Cookie on"
        : `the proxy changes the desk's cookies (${arrived.replaceAll(";", "; ")}), so that browsers may not keep them: have it pass Set-Cookie on as it is (nginx: no proxy_cookie_path, proxy_cookie_domain, proxy_cookie_flags)`,
    ),
  ];
}

/** What is said of a cookie besides its value; undefined where it is not set. */
function formOf(heard: Heard | undefined, name: string): string | undefined {
  const line = heard?.headers["set-cookie"]?.find((one) => one.startsWith(`${name}=`));
  const parts = line?.split(";").slice(1);
  return parts
    ?.map((part) => part.trim().toLowerCase())
    .sort()
    .join(";");
}

/** Judges whether what is sent gets to the desk: it refuses that in its own words. */
export function judgePost({ path, through }: Pair): Finding[] {
  const code = through && problemOf(through);
  if (!code)
    return [
      bad(
        `a POST to ${path} ${through ? `is answered by the proxy itself (status ${through.status})` : "gets no answer through the proxy"}, so that nobody can sign in: have it pass POST on (nginx: no limit_except), and see the rules of a firewall for the web (WAF)`,
      ),
    ];
  if (code !== "cross_site") return [];
  return [
    bad(
      "the proxy takes Sec-Fetch-Site and Origin away, or changes them, so that nobody can sign in: have it pass them on as they are",
    ),
  ];
}

/** The code of an answer that the desk alone gives. */
function problemOf({ text }: Heard): ProblemCode | undefined {
  try {
    return problem.safeParse(JSON.parse(text)).data?.code;
  } catch {
    return undefined;
  }
}
