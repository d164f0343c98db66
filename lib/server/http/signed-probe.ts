import "server-only";
import { createHmac, timingSafeEqual } from "node:crypto";
import { type Liveness, mostForwarded, type Seen } from "@/lib/contracts/health";
import { isOurs } from "../auth/caller";
import { cookieName, readCookie } from "../auth/cookies";
import { minutes } from "../clock";
import type { Keys } from "../crypto";
import type { Env } from "../env";
import { plainIp } from "../network";
import { arrivedHeaders, peerHeader } from "../peer";
import type { DeskContext } from "../services/context";

/*
 * How `npm run doctor` learns what stands in front of a running desk: a probe that is signed with a key of the store's is told
 * what arrived of itself, and nothing else. An unsigned, forged or old one gets the answer that everybody gets. Whoever
 * sees a signed one on its way can send it again for a minute, and is told of what they sent.
 */

type ProbeKey = Pick<Keys, "probe">;
type Header = (name: string) => string | undefined;

export const probeHeader = "x-tokendesk-doctor";

const goodForMs = minutes(1);
const longestTold = 200;
const signed = /^(?<at>\d{1,15})\.(?<word>[\w-]{1,64})\.(?<mac>[\w-]{1,64})$/;

const macOf = ({ probe }: ProbeKey, at: string, word: string): string =>
  createHmac("sha256", probe).update(`${at}.${word}`).digest("base64url");

/**
 * The header's value, good for a minute.
 * @param now milliseconds since the epoch.
 * @param word what stands for this one probe: letters, digits, `-` and `_`, 64 at most.
 */
export const signProbe = (keys: ProbeKey, now: number, word: string): string =>
  `${now}.${word}.${macOf(keys, String(now), word)}`;

/** The word of a probe that is signed and not old; undefined of any other. */
function wordOf(keys: ProbeKey, value: string, now: number): string | undefined {
  const { at = "", word = "", mac = "" } = signed.exec(value)?.groups ?? {};
  if (!at || Math.abs(now - Number(at)) > goodForMs) return undefined;
  const [ours, theirs] = [Buffer.from(macOf(keys, at, word)), Buffer.from(mac)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs) ? word : undefined;
}

/** What a probe sends besides its signature: the session cookie and a bearer whose values are its word. */
export const probeCredentials = (env: Pick<Env, "url">, word: string) => ({
  cookie: `${cookieName(env, "session")}=${word}`,
  authorization: `Bearer ${word}`,
});

/**
 * What arrived of a request.
 * @param header as it arrived, before Next.
 * @param peer the address of the socket that it came by.
 * @param word the probe's.
 */
export function seenOf(
  header: Header,
  peer: string,
  { url, proxies }: Pick<Env, "url" | "proxies">,
  word: string,
): Seen {
  const told = (name: string) => (header(name) ?? "").slice(0, longestTold);
  const from = plainIp(peer);
  const sent = probeCredentials({ url }, word);
  return {
    word,
    host: told("host"),
    proto: told("x-forwarded-proto"),
    forwarded: Math.min(header("x-forwarded-for")?.split(",").length ?? 0, mostForwarded),
    peer: from,
    trusted: isOurs(from, proxies),
    cookie: readCookie(header("cookie") ?? null, cookieName({ url }, "session")) === word,
    authorization: header("authorization") === sent.authorization,
    origin: url.origin,
    hops: proxies.hops,
  };
}

/** The answer to a liveness probe: whoever signed it is told what arrived of it, too. */
export function answerProbe({ desk }: DeskContext, header: Header): Liveness {
  const value = header(probeHeader);
  const word = value && wordOf(desk.keys, value, desk.clock.now());
  if (!word) return { ok: true };
  const arrived: Record<string, string> = arrivedHeaders();
  const asItArrived: Header = (name) => header(arrived[name] ?? name);
  return { ok: true, seen: seenOf(asItArrived, header(peerHeader()) ?? "", desk.env, word) };
}
