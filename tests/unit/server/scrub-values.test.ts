import { randomBytes, randomUUID } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeldLine } from "@/lib/server/scrub/held-line";
import { Masker } from "@/lib/server/scrub/masker";
import { isOrdinary } from "@/lib/server/scrub/ordinary";

/* A log is read by more people than the store: what stands there in any form is known to all of them. */

const unforeseen = () => `rcx.${randomBytes(18).toString("base64url")}`;

const disguises: [string, (value: string) => string][] = [
  ["as it is", (value) => value],
  ["in a sentence", (value) => `the portal said ${value}, twice`],
  ["glued to others", (value) => `x${value}y`],
  ["in JSON", (value) => JSON.stringify({ a: { b: value } })],
  ["in JSON inside JSON", (value) => JSON.stringify({ line: JSON.stringify({ b: value }) })],
  ["as a console prints an object", (value) => inspect({ b: value })],
  ["in an address", (value) => `GET /v1/admin/token/${encodeURIComponent(value)}?x=1`],
  ["in a form", (value) => new URLSearchParams({ user: "ann", field: value }).toString()],
  ["in base64", (value) => Buffer.from(value).toString("base64")],
  ["in base64url", (value) => Buffer.from(value).toString("base64url")],
  ["in base64 of something longer", (value) => Buffer.from(`ann:${value}!`).toString("base64")],
  ["in base64 after a path", (value) => `/a/b/${Buffer.from(`1${value}22`).toString("base64")}`],
  [
    "in base64 in an address",
    (value) => encodeURIComponent(Buffer.from(`??>${value}>>>`).toString("base64")),
  ],
  ["in hexadecimal digits", (value) => Buffer.from(value).toString("hex")],
  ["in capital hexadecimal digits", (value) => `0${Buffer.from(value).toString("hex").toUpperCase()}`],
  ["as a console prints bytes", (value) => inspect(Buffer.from(value))],
  ["as a list of bytes", (value) => [...Buffer.from(value)].join(", ")],
  [
    "as a console lines bytes up",
    (value) => [...Buffer.from(value)].map((byte) => String(byte).padStart(3)).join(", "),
  ],
  ["as JSON shows bytes", (value) => JSON.stringify(Buffer.from(value))],
  ["percent-encoded twice", (value) => encodeURIComponent(percent(value))],
  ["in base64 of base64", (value) => base64(base64(value))],
  ["in hexadecimal digits of base64", (value) => Buffer.from(base64(value)).toString("hex")],
  ["in base64 of UTF-16", (value) => Buffer.from(value, "utf16le").toString("base64")],
  ["in hexadecimal digits of UTF-16", (value) => Buffer.from(value, "utf16le").swap16().toString("hex")],
  ["as escapes of a script", (value) => escaped(value, (code) => `\\x${code.toString(16).padStart(2, "0")}`)],
  ["as escapes of JSON", (value) => escaped(value, (code) => `\\u${code.toString(16).padStart(4, "0")}`)],
  ["as entities of markup", (value) => escaped(value, (code) => `&#${code};`)],
  ["as markup shows it", (value) => value.replace(/[&"']/g, (mark) => entity[mark] ?? "")],
];

const entity: Record<string, string> = { "&": "&amp;", '"': "&quot;", "'": "&#x27;" };
const base64 = (value: string) => Buffer.from(value).toString("base64");
const percent = (value: string) =>
  [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const escaped = (value: string, form: (code: number) => string) =>
  [...value].map((character) => form(character.codePointAt(0) ?? 0)).join("");

const secrets: [string, () => string][] = [
  ["a token of the usual form", () => `aws80:${randomUUID()}`],
  ["a token of an unforeseen form", unforeseen],
  ["a password", () => ` pä$$ "w&=\\%00' ${randomBytes(4).toString("hex")}`],
  ["a short password", () => `7${randomBytes(3).toString("hex")}`],
];

describe.each(secrets)("%s", (_what, make) => {
  test.each(disguises)("is masked %s", (_how, disguise) => {
    const masker = new Masker();
    const value = make();
    masker.note(value);
    const text = disguise(value);
    const shown = masker.mask(`before ${text} after`);
    expect(shown).toMatch(/^before .*\[masked\].* after$/);
    expect(shown).not.toContain(text);
    // The control: without having been told, it would have been printed. A form that gives itself away needs no telling.
    if (!/^aws80:/.test(value)) expect(new Masker().mask(text)).toBe(text);
  });
});

describe("what people type", () => {
  test.each([
    "correct-horse-battery-staple",
    "tulip.orbit.candle.mango.river",
    "4711-0815-2026-99",
    "12:34:56:78:90",
    "pat_7fe21cab",
  ])("is learned where it is a strong secret, whatever it is made of: %s", (value) => {
    const masker = new Masker();
    masker.noteTyped(value);
    expect(masker.mask(`: ${value};`)).toBe(": [masked];");
  });

  test.each([
    "2026-11-26",
    "10:00",
    "2026-11-26T10:00:00.000Z",
    "192.0.2.7",
    "[::1]:4711",
    "http://127.0.0.1/",
  ])("is not learned where any line has it, nor as a credential: %s", (value) => {
    const masker = new Masker();
    masker.noteTyped(value);
    masker.note(value);
    expect(masker.mask(`: ${value};`)).toBe(`: ${value};`);
  });

  test("is left where it is a word, and a credential is not, whatever it looks like", () => {
    const masker = new Masker();
    masker.noteTyped("marigold");
    expect(masker.mask("a marigold")).toBe("a marigold");
    masker.note("marigold");
    expect(masker.mask("a marigold")).toBe("a [masked]");
  });
});

describe("the masker", () => {
  test("masks any value in any text around it, and nothing when there is none", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, unit: "grapheme" }),
        fc.string(),
        fc.string(),
        (value, before, after) => {
          fc.pre(!isOrdinary(value));
          const masker = new Masker();
          masker.noteTyped(value);
          expect(masker.mask(before + value + after).includes(value)).toBe("[masked]".includes(value));
          if (!(before + after).includes(value)) expect(new Masker().mask("plain")).toBe("plain");
        },
      ),
    );
  });

  test("leaves a line readable whose words hold a very short password", () => {
    const masker = new Masker();
    for (const value of ["a", "to", "ken", "info", "abcd1"]) masker.noteTyped(value);
    const line = '{"level":30,"msg":"information about a token of abcd12"}';
    expect(masker.mask(line)).toBe(line);
    expect(masker.mask('{"password":"abcd1"}')).toBe('{"password":"[masked]"}');
  });

  test("forgets a value that was not seen for twenty minutes, and never the desk's own", () => {
    let now = 0;
    const masker = new Masker(() => now);
    const [seen, own, later] = [unforeseen(), unforeseen(), unforeseen()];
    masker.note(seen);
    masker.keep(own);
    for (now = 0; now <= 20 * 60_000; now += 60_000) masker.note(later);
    expect(masker.mask(`${seen} ${own} ${later}`)).toBe(`${seen} [masked] [masked]`);
  });

  test("knows tens of thousands at once, that begin alike, and takes no longer for text made to hold it up", () => {
    const masker = new Masker();
    const values = Array.from({ length: 40_000 }, unforeseen);
    for (const value of values) masker.note(value);
    for (let line = 0; line < 1_000; line += 1)
      masker.mask(`{"level":30,"time":"2026-11-24","path":"/tokens/${line}"}`);
    // Looked for at each character anew, these took minutes.
    masker.mask(`% & \\ ${"a".repeat(100_000)}`);
    masker.mask(`password:"${"\\a".repeat(50_000)}`);
    masker.mask(`rcx.${"rcx.".repeat(25_000)}${"%41".repeat(30_000)}${"a".repeat(100_000)}`);
    for (const value of values.slice(0, 100)) expect(masker.mask(`: ${value}`)).toBe(": [masked]");
    expect(masker.mask(values.slice(0, 10).join("\n"))).toBe(Array(10).fill("[masked]").join("\n"));
  });
});

describe("a line that is printed in pieces", () => {
  const value = unforeseen();
  const masker = new Masker();
  masker.note(value);
  const inPieces = (text: string, cuts: number[]) => {
    const line = new HeldLine((whole) => masker.mask(whole));
    const ends = [...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
    return ends.map((end, index) => line.push(text.slice(ends[index - 1] ?? 0, end))).join("") + line.end();
  };

  test("is masked wherever it was cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 6 }), (cuts) => {
        expect(inPieces(`first ${value}\nlast ${value}`, cuts)).toBe("first [masked]\nlast [masked]");
      }),
    );
  });

  test("comes out whole, however long it is", () => {
    const long = `${"x".repeat(300_000)} ${value} ${"y".repeat(300_000)}`;
    const shown = inPieces(long, [150_000, 300_010, 450_000]);
    expect(shown).toBe(long.replace(value, "[masked]"));
  });
});
