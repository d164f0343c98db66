import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { liveness } from "@/lib/contracts/health";
import { deriveKeys } from "@/lib/server/crypto";
import { readProxies } from "@/lib/server/env/rules";
import { answerProbe, probeHeader, signProbe } from "@/lib/server/http/signed-probe";
import { peerHeader } from "@/lib/server/peer";
import type { DeskContext } from "@/lib/server/services/context";

const now = Date.UTC(2026, 10, 27);
const keys = deriveKeys(randomBytes(32));
const desk = { keys, clock: { now: () => now }, env: { proxies: readProxies("10.0.0.0/8", 1) } };
const arrived: Record<string, string> = {
  host: "desk.example.com",
  "x-forwarded-proto": "https",
  "x-forwarded-for": "203.0.113.9, 10.0.0.2",
  cookie: "some=1",
  [peerHeader()]: "::ffff:10.0.0.1",
};

const answerTo = (headers: Record<string, string>) =>
  answerProbe({ desk } as unknown as DeskContext, (name) => headers[name]);

test("a signed probe is told what arrived of it, and no value but the host's, the scheme's and the peer's", () => {
  const answer = answerTo({ ...arrived, [probeHeader]: signProbe(keys, now - 59_000) });
  expect(liveness.parse(answer)).toEqual({
    ok: true,
    seen: {
      host: "desk.example.com",
      proto: "https",
      forwarded: 2,
      peer: "10.0.0.1",
      trusted: true,
      cookie: true,
      authorization: false,
    },
  });
});

// Somebody who may only ask could learn from it how the network behind the proxy is made, and which addresses are believed.
describe("whoever has no key learns nothing", () => {
  const good = signProbe(keys, now);
  const [at = "", mac = ""] = good.split(".");
  test.each([
    ["does not sign", undefined],
    ["signs with another store's key", signProbe(deriveKeys(randomBytes(32)), now)],
    ["found a signature that is older than a minute", signProbe(keys, now - 61_000)],
    ["found one that is of tomorrow", signProbe(keys, now + 61_000)],
    ["moves an old one to now", `${now}.${signProbe(keys, now - 61_000).split(".")[1]}`],
    ["leaves the signature out", `${at}.`],
    ["sends a part of it", `${at}.${mac.slice(0, -1)}`],
    ["adds to it", `${good}.x`],
    ["writes the time otherwise", `0${good}`],
    ["names no time", `NaN.${mac}`],
    ["sends nothing but dots", "..."],
  ])("who %s", (_, value) => {
    expect(answerTo({ ...arrived, ...(value === undefined ? {} : { [probeHeader]: value }) })).toEqual({
      ok: true,
    });
  });
});
