import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { maskEvent } from "@/lib/server/scrub/event";
import { HeldLine } from "@/lib/server/scrub/held-line";
import { Masker } from "@/lib/server/scrub/masker";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { rawRequest } from "@/tests/support/raw-request";

/*
 * The log masks what people type as passwords. Whoever could have it mask what they like would take their address out of
 * every line, join lines, hold them back, or make each one cost half a second of everybody's time.
 */

const lines = (output: string) => output.split("\n").filter((line) => line.startsWith("{"));
/** What an attacker would like to be gone from the log, or to stand between its lines. */
const wishes = [
  "127.0.0.1",
  "[::1]:4711",
  "refused",
  "cross_site",
  "invalid_credentials",
  '","ip":"',
  '"level":30',
  '{"level"',
  "\n",
  '}\n{"level":30,"time":"',
  "/api/tokens",
  new Date().toISOString().slice(0, 10),
  "method",
];

describe("whoever is not signed in", () => {
  let desk: DeskProcess;
  beforeAll(async () => {
    desk = await startDeskProcess({ env: { TRUSTED_PROXY_HOPS: "1" } });
  });
  afterAll(() => desk?.stop());

  /** Signs in from an address of its own each time, so that no limit of an address is met. */
  const typed = (password: string, csrf: boolean, address: string) =>
    csrf
      ? desk
          .visitor()
          .signIn(
            { portal: "sim", username: `x${randomBytes(3).toString("hex")}@demo.example`, password },
            { "X-Forwarded-For": address },
          )
      : desk.visitor().send("/api/auth/callback/portal", {
          method: "POST",
          headers: { "Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": address },
          raw: new URLSearchParams({ csrfToken: "x", portal: "sim", username: "a@b.example", password }),
        });

  it("has nothing taken out of the log by what they send as a password, a cookie or a parameter", async () => {
    for (const [index, wish] of wishes.entries()) {
      const address = `198.51.100.${index + 1}`;
      for (const what of [wish, address, wish.repeat(3)]) await typed(what, true, address);
      await typed(wish, false, address);
      await rawRequest(desk.port, `/api/tokens?password=${encodeURIComponent(wish)}`, {
        headers: {
          Host: `127.0.0.1:${desk.port}`,
          Cookie: `tokendesk.csrf-${desk.port}=${encodeURIComponent(`${wish}|${wish}`)}`,
        },
      });
      await rawRequest(desk.port, "/api/auth/csrf", {
        headers: {
          Host: `127.0.0.1:${desk.port}`,
          Cookie: `tokendesk.csrf-${desk.port}=${encodeURIComponent(`${"a".repeat(64)}|${wish}|${wish}`)}`,
        },
      });
    }
    const before = lines(desk.output()).length;
    for (let index = 0; index < wishes.length; index += 1)
      await desk.visitor().send("/api/tokens", {
        headers: { "Sec-Fetch-Site": "cross-site", "X-Forwarded-For": `198.51.100.${index + 1}` },
      });
    const events = lines(desk.output())
      .slice(before)
      .map((line) => JSON.parse(line))
      .filter(({ code }) => code === "cross_site");
    expect(events).toHaveLength(wishes.length);
    expect(new Set(events.map(({ ip }) => ip))).toEqual(
      new Set(wishes.map((_, index) => `198.51.100.${index + 1}`)),
    );
    for (const event of events)
      expect(event).toMatchObject({ level: 30, msg: "refused", method: "GET", path: "/api/tokens" });
    // Each line is one event, and what is no line of ours is what the framework says at the start.
    expect(desk.output()).not.toContain("[masked]");
    for (const line of lines(desk.output())) JSON.parse(line);
  });

  it("is masked where it matters all the same: what they type is in no line", async () => {
    const password = `Tr0ub4dor&3 ${randomBytes(6).toString("hex")}`;
    await typed(password, true, "198.51.100.200");
    expect(desk.output()).not.toContain(password);
  });
});

describe("the masker, taught the worst that a door lets in,", () => {
  /** As long as a password may be, alike at the beginning and at the end, and in the form that has most disguises. */
  const worst = (count: number) => {
    const masker = new Masker();
    for (let index = 0; index < count; index += 1) {
      const length = 4 + (index % 1_021);
      masker.note("a1".repeat(512).slice(0, length));
      masker.note(`${index}${"a1".repeat(512)}`.slice(0, 1_024));
      masker.note(`${index}"\u0001'&<\\`.padEnd(1_024, "\u0001"));
    }
    return masker;
  };

  it("looks up no more than six ends a character and set, and holds a fixed number of characters", () => {
    const masker = worst(3_000);
    const line = "a1".repeat(2_000);
    const before = masker.cost.lookUps;
    masker.mask(line);
    // Itself, and what its 4,000 characters may be as base64 and as hexadecimal digits: four and two alignments.
    const texts = 1 + 4 * (3 / 4) + 2 * (1 / 2);
    expect(masker.cost.lookUps - before).toBeLessThanOrEqual(3 * 6 * line.length * texts);
    expect(masker.cost.lookUps - before).toBeGreaterThan(line.length);
    // Those that end alike are held a few times; of others, two generations of four million characters and a last value.
    expect(masker.cost.characters).toBeLessThan(1_000_000);
    for (let index = 0; index < 2_000; index += 1) masker.note(`${"\u0001".repeat(1_000)}${index}x`);
    expect(masker.cost.characters).toBeGreaterThan(4_000_000);
    expect(masker.cost.characters).toBeLessThan(2 * 4_000_000 + 50_000);
  });

  it("takes no line's end and none of its structure, and no other line with it", () => {
    const masker = new Masker();
    for (const wish of wishes) for (const text of [wish, wish.repeat(3)]) masker.note(text);
    const line =
      '{"level":30,"time":"2026-11-26T10:00:00.000Z","ip":"127.0.0.1","at":["a","b"],"msg":"refused"}';
    expect(JSON.parse(maskEvent(line, masker))).toEqual(JSON.parse(line));
    const held = new HeldLine((text) => maskEvent(text, masker));
    const shown = held.push(`${line}\n${line}\nplain text\n`);
    expect(shown.split("\n")).toHaveLength(4);
    expect(shown).toContain("plain text\n");
    expect(held.end()).toBe("");
  });
});
