import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { newId } from "@/lib/server/crypto";
import { noteSecret, noteTyped, scrub } from "@/lib/server/scrub";
import { maskEvent } from "@/lib/server/scrub/event";
import { HeldLine } from "@/lib/server/scrub/held-line";
import { Masker } from "@/lib/server/scrub/masker";
import {
  sealedValueOf,
  sealForRevocation,
  sealToken,
  valueOfItem,
} from "@/lib/server/services/operations/values";
import { identifyToken } from "@/lib/server/services/tokens/identify";
import { engines, startTestDesk, type TestDesk } from "@/tests/support/desk";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { rawRequest } from "@/tests/support/raw-request";
import { codeOf } from "../support/held-desk";

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

  it("has what they report at once printed as one line", async () => {
    const report = {
      type: "csp-violation",
      body: {
        effectiveDirective: "img-src",
        blockedURL: `http://x/${"QUFB".repeat(100)}?q`,
        documentURL: "inline",
      },
    };
    const before = desk.output().length;
    const answer = await desk.visitor().post("/api/csp-report", Array(50).fill(report));
    expect(answer.status).toBe(204);
    const events = lines(desk.output().slice(before)).map((line) => JSON.parse(line));
    const line = {
      directive: "img-src",
      blocked: `http://x/${"QUFB".repeat(100)}`.slice(0, 120),
      page: "inline",
    };
    expect(events.map(({ stopped }) => stopped)).toEqual([Array(5).fill(line)]);
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
    const noteBoth = (value: string) => {
      masker.note(value);
      masker.noteTyped(value);
    };
    for (let index = 0; index < count; index += 1) {
      const length = 4 + (index % 1_021);
      noteBoth("a1".repeat(512).slice(0, length));
      noteBoth(`${index}${"a1".repeat(512)}`.slice(0, 1_024));
      noteBoth(`${index}"\u0001'&<\\`.padEnd(1_024, "\u0001"));
    }
    return masker;
  };

  const masker = worst(1_000);
  it.each([
    "a1",
    "AAAAAAAA:",
    "QUFBQUFBQUFBQUFB:",
    "UVVGQlFVRkJRVUZC",
    "abcdefgh:",
    "4141414141414141.",
    "%61%31",
    "&#97;1",
  ])(
    "decodes no more of a line of %s than is fixed, looks up six ends a character and set, and holds no more than is fixed",
    (unit) => {
      const line = unit.repeat(2_000).slice(0, 2_000);
      const before = masker.cost;
      masker.mask(line);
      const decoded = masker.cost.decoded - before.decoded;
      // Eight for each character and some more, and the part that was begun with.
      expect(decoded).toBeLessThanOrEqual(4_096 + 8 * line.length + 5 * line.length);
      expect(masker.cost.lookUps - before.lookUps).toBeLessThanOrEqual(4 * 6 * (line.length + decoded));
      // Those that end alike are held a few times.
      expect(masker.cost.characters).toBeLessThan(1_000_000);
    },
  );

  it("decodes few parts of a line of many short ones, and prints none that it has not looked at", () => {
    const masker = new Masker();
    masker.note("7fe21c");
    const secret = Buffer.from("7fe21c").toString("base64");
    masker.mask("abcdefgh:".repeat(50));
    expect(masker.cost.decoded).toBeLessThan(5_000);
    const line = `${`${"A".repeat(16)}:`.repeat(450)} ${secret}`;
    const before = masker.cost.decoded;
    expect(masker.mask(line)).not.toContain(secret);
    expect(masker.cost.decoded - before).toBeGreaterThanOrEqual(4_096 + 8 * line.length);
  });

  it("holds two generations of four million characters of each kind, and a last value", () => {
    const masker = new Masker();
    for (let index = 0; index < 6_000; index += 1) {
      masker.note(`${"\u0001".repeat(1_000)}${index}x`);
      masker.noteTyped(`${"\u0001".repeat(1_000)}${index}x`);
    }
    expect(masker.cost.characters).toBeGreaterThan(4_000_000);
    expect(masker.cost.characters).toBeLessThan(4 * (4_000_000 + 20_000));
  });

  it("adds little more for a value than it is long, and escapes none that is longer than any secret", () => {
    for (const [value, most] of [
      ["\u0001".repeat(1_024), 1_024 + 2_048 + 64],
      [
        Array.from({ length: 40 }, (_, at) => `"'&<\u0001${at}`.repeat(3)).join("\n"),
        2_048 + 2_048 + 22 * 64,
      ],
    ] as const) {
      const masker = new Masker();
      masker.noteTyped(value);
      expect(masker.cost.characters).toBeGreaterThan(value.length / 2);
      expect(masker.cost.characters).toBeLessThanOrEqual(most);
    }
    const escaping = vi.spyOn(JSON, "stringify");
    const masker = new Masker();
    for (const learn of [masker.note, masker.noteTyped, masker.keep]) learn.call(masker, "é".repeat(9_000));
    expect(escaping).not.toHaveBeenCalled();
    escaping.mockRestore();
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

const password = () => `W7-${randomBytes(3).toString("hex")}ter2026!`;

describe("whoever is signed in, and types and pastes what they like,", () => {
  it("keeps no secret from being learned by sixteen that end alike", () => {
    const masker = new Masker();
    const [used, typed] = [password(), password()];
    masker.note(used);
    for (let index = 0; index < 40; index += 1) masker.noteTyped(`${index}ter2026!`);
    masker.noteTyped(typed);
    expect(masker.mask(`: ${used} ${typed}`)).toBe(": [masked] [masked]");
  });

  it("has no secret forgotten by much of it: what was used is held by itself, and what others typed for a while", () => {
    const masker = new Masker();
    const [used, typed] = [password(), password()];
    masker.note(used);
    masker.noteTyped(typed);
    const flood = (count: number) => {
      for (let index = 0; index < count; index += 1) masker.noteTyped(`${"\u0001".repeat(1_000)}${index}x!`);
    };
    flood(1_000);
    expect(masker.mask(`: ${used} ${typed}`)).toBe(": [masked] [masked]");
    flood(4_000);
    expect(masker.mask(`: ${used}`)).toBe(": [masked]");
  });

  it("takes none of the desk's own words out of its lines", () => {
    const operationId = newId("op");
    const at = ["at foldOpenStore (/desk/.next/server/chunks/1234.js:10:200)"];
    const error = { error: "TypeError", code: "ERR_INVALID_ARG_TYPE", at };
    const tokens = [newId("tok")];
    const since = "2026-11-26T10:00:00.000Z";
    const events = [
      { operationId, ...error, msg: "a mint met a bug" },
      { step: "driveDueRevocations", ...error, msg: "the worker met an error" },
      { portal: "sim-eu1", count: 3, since, tokens, msg: "revocations are overdue" },
      { connection: newId("con"), ...error, msg: "roles could not be noted" },
      { place: `operation_items ${operationId}/0 revoke`, msg: "a sealed value cannot be opened" },
      { portalId: "sim-eu1", endpoint: "revoke", kind: "unauthorized", msg: "portal call" },
      {
        requestId: newId("req"),
        paths: ["items.0.expiresAt: invalid_type"],
        msg: "an answer does not fit its schema",
      },
      { failing: ["audit-checkpoints"], msg: "not ready" },
      { signal: "SIGTERM", msg: "stopping" },
    ];
    const masker = new Masker();
    for (const value of events.flatMap((event) => Object.values(event).flat().map(String)))
      masker.noteTyped(value);
    for (const event of events) expect(JSON.parse(maskEvent(JSON.stringify(event), masker))).toEqual(event);
    // A secret of the desk's own and a credential are masked there too.
    masker.keep("hunter2-canary");
    expect(maskEvent('{"error":"hunter2-canary"}', masker)).toBe('{"error":"[masked]"}');
  });
});

describe.each(engines)("on %s whoever is signed in", (engine) => {
  let t: TestDesk;
  beforeAll(async () => {
    t = await startTestDesk(engine);
  });
  afterAll(() => t?.stop());

  it("has nothing of anybody's unlearned by pasting tokens that are none", async () => {
    const ann = await t.signedIn("ann");
    const cookie = randomBytes(24).toString("base64url");
    const typed = password();
    noteSecret(cookie);
    for (let index = 0; index < 16; index += 1)
      await codeOf(identifyToken(ann, { token: `${index}ter2026!`, asIs: true }));
    noteTyped(typed);
    for (let index = 0; index < 450; index += 1)
      await codeOf(identifyToken(ann, { token: `${"\u0001".repeat(1_000)}${index}x!`, asIs: true }));
    expect(scrub(`: ${cookie} ${typed}`)).toBe(": [masked] [masked]");
  }, 30_000);

  it("has no word taken out of what is printed by asking to revoke it", () => {
    const item = { operation_id: newId("op"), position: 0 };
    const sealed_value = sealForRevocation(t.desk, item, "undefined");
    expect(valueOfItem(t.desk, { ...item, sealed_value })).toBe("undefined");
    expect(scrub("x is undefined")).toBe("x is undefined");
    // The control: what the desk has for a token's value beyond doubt is learned whatever it looks like.
    const id = newId("tok");
    sealedValueOf(t.desk, { id, sealed_value: sealToken(t.desk, id, "marigold") });
    expect(scrub("x is marigold")).toBe("x is [masked]");
  });
});
