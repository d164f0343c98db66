import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { liveness } from "@/lib/contracts/health";
import { deriveKeys } from "@/lib/server/crypto";
import { readProxies } from "@/lib/server/env/rules";
import { answerProbe, probeCredentials, probeHeader, signProbe } from "@/lib/server/http/signed-probe";
import { arrivedHeaders, peerHeader } from "@/lib/server/peer";
import type { DeskContext } from "@/lib/server/services/context";

const now = Date.UTC(2026, 10, 27);
const keys = deriveKeys(randomBytes(32));
const url = new URL("https://desk.example.com");
const word = randomBytes(8).toString("hex");
const desk = { keys, clock: { now: () => now }, env: { url, proxies: readProxies("10.0.0.0/8", 1) } };
const { "x-forwarded-proto": proto, "x-forwarded-for": addresses } = arrivedHeaders();
const arrived: Record<string, string> = {
  host: "desk.example.com",
  [proto]: "https",
  [addresses]: "203.0.113.9, 10.0.0.2",
  cookie: probeCredentials({ url }, word).cookie,
  [peerHeader()]: "::ffff:10.0.0.1",
};

const answerTo = (headers: Record<string, string>) =>
  answerProbe({ desk } as unknown as DeskContext, (name) => headers[name]);

test("a signed probe is told what arrived of it, and no value but the host's, the scheme's and the peer's", () => {
  const answer = answerTo({ ...arrived, [probeHeader]: signProbe(keys, now - 59_000, word) });
  expect(liveness.parse(answer)).toEqual({
    ok: true,
    seen: {
      word,
      host: "desk.example.com",
      proto: "https",
      forwarded: 2,
      peer: "10.0.0.1",
      trusted: true,
      cookie: true,
      authorization: false,
      origin: "https://desk.example.com",
      hops: 1,
    },
  });
});

const seenOf = (headers: Record<string, string>) =>
  liveness.parse(answerTo({ ...headers, [probeHeader]: signProbe(keys, now, word) })).seen;

// Next sets both where nobody did, before a route runs.
test("what a proxy did not say did not arrive, whatever a route finds there", () => {
  const made = { host: "desk.example.com", "x-forwarded-proto": "http", "x-forwarded-for": "10.0.0.1" };
  expect(seenOf({ ...made, [peerHeader()]: "10.0.0.1" })).toMatchObject({ proto: "", forwarded: 0 });
});

test.each([
  ["another's value", (cookie: string) => cookie.replace(word, "1")],
  ["another's name", (cookie: string) => `x${cookie}`],
  ["no more than its beginning", (cookie: string) => cookie.slice(0, -1)],
])("a session cookie that arrives with %s did not arrive", (_, changed) => {
  const { cookie, authorization } = probeCredentials({ url }, word);
  expect(seenOf({ ...arrived, cookie, authorization })).toMatchObject({ cookie: true, authorization: true });
  expect(seenOf({ ...arrived, cookie: changed(cookie), authorization: `${authorization}x` })).toMatchObject({
    cookie: false,
    authorization: false,
  });
});

test("a chain of any length is counted up to what a doctor believes", () => {
  expect(seenOf({ ...arrived, [addresses]: ",".repeat(5_000) })?.forwarded).toBe(100);
});

// Somebody who may only ask could learn from it how the network behind the proxy is made, and which addresses are believed.
describe("whoever has no key learns nothing", () => {
  const good = signProbe(keys, now, word);
  const [at = "", , mac = ""] = good.split(".");
  test.each([
    ["does not sign", undefined],
    ["signs with another store's key", signProbe(deriveKeys(randomBytes(32)), now, word)],
    ["found a signature that is older than a minute", signProbe(keys, now - 61_000, word)],
    ["found one that is of tomorrow", signProbe(keys, now + 61_000, word)],
    ["moves an old one to now", signProbe(keys, now - 61_000, word).replace(/^\d+/, String(now))],
    ["leaves the signature out", `${at}.${word}.`],
    ["sends a part of it", `${at}.${word}.${mac.slice(0, -1)}`],
    ["puts another word into it", good.replace(word, `${word}0`)],
    ["leaves the word out", `${at}.${mac}`],
    ["adds to it", `${good}.x`],
    ["writes the time otherwise", `0${good}`],
    ["names no time", `NaN.${word}.${mac}`],
    ["sends nothing but dots", "..."],
  ])("who %s", (_, value) => {
    expect(answerTo({ ...arrived, ...(value === undefined ? {} : { [probeHeader]: value }) })).toEqual({
      ok: true,
    });
  });
});
