import "server-only";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Liveness, Seen } from "@/lib/contracts/health";
import { isOurs } from "../auth/caller";
import { minutes } from "../clock";
import type { Keys } from "../crypto";
import type { Proxies } from "../env/rules";
import { plainIp } from "../network";
import { peerHeader } from "../peer";
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

const macOf = ({ probe }: ProbeKey, at: string): string =>
  createHmac("sha256", probe).update(at).digest("base64url");

/** The header's value, good for a minute. @param now milliseconds since the epoch. */
export const signProbe = (keys: ProbeKey, now: number): string => `${now}.${macOf(keys, String(now))}`;

function isSigned(keys: ProbeKey, value: string, now: number): boolean {
  const [at = "", mac = "", ...rest] = value.split(".");
  if (!/^\d{1,15}$/.test(at) || rest.length > 0 || Math.abs(now - Number(at)) > goodForMs) return false;
  const [ours, theirs] = [Buffer.from(macOf(keys, at)), Buffer.from(mac)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

/**
 * What arrived of a request.
 * @param peer the address of the socket that it came by.
 */
export function seenOf(header: Header, peer: string, proxies: Proxies): Seen {
  const told = (name: string) => (header(name) ?? "").slice(0, longestTold);
  const from = plainIp(peer);
  return {
    host: told("host"),
    proto: told("x-forwarded-proto"),
    forwarded: header("x-forwarded-for")?.split(",").length ?? 0,
    peer: from,
    trusted: isOurs(from, proxies),
    cookie: header("cookie") !== undefined,
    authorization: header("authorization") !== undefined,
  };
}

/** The answer to a liveness probe: whoever signed it is told what arrived of it, too. */
export function answerProbe({ desk }: DeskContext, header: Header): Liveness {
  const value = header(probeHeader);
  if (!value || !isSigned(desk.keys, value, desk.clock.now())) return { ok: true };
  return { ok: true, seen: seenOf(header, header(peerHeader()) ?? "", desk.env.proxies) };
}
