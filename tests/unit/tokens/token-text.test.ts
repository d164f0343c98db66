import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTokenForms, mayBeOddToken, mayHoldToken, readTokenText } from "@/lib/shared/token-text";

const bare = randomUUID();
const value = `aws80:${bare}`;
const other = randomUUID();
const cut = (text: string, at: number, between: string) => text.slice(0, at) + between + text.slice(at);
const likely = (text: string) => {
  const read = readTokenText(text);
  return read.found === "one" ? read.readings[0] : read.found;
};

describe("the one token in a text", () => {
  it.each<[string, string]>([
    ["alone", value],
    ["with white space around it", `\t ${value}\r\n`],
    ["after Bearer", `Authorization: Bearer ${value}`],
    ["in its header", `X-Auth-Token: ${value}`],
    ["in its header, without a space", `X-Auth-Token:${value}`],
    ["in a command", `curl -H "X-Auth-Token: ${value}" 'https://portal.example/api/v1/admin/users'`],
    ["in an environment file", `export RINGCX_TOKEN=${value}`],
    ["in JSON", JSON.stringify({ error: { headers: { "X-Auth-Token": value } } })],
    ["in JSON that was printed as a text", JSON.stringify(JSON.stringify([`a\n${value}`]))],
    ["in a path", `DELETE /api/v1/admin/token/${value} 404`],
    ["in an address, encoded", `https://x.example/?token=${encodeURIComponent(value)}&user=1`],
    ["after an encoded line end", `note=%0A${value}`],
    ["in HTML", `<td>aws80&#58;${bare}</td>`],
    ["in the colours of a terminal", `\u001b[32m${value}\u001b[0m`],
    ["in quoted-printable", `token=3D${value}=`],
    ["in a sentence", `Is ${value}, which I found in #ops, yours?`],
    ["between letters that are no word's", `令牌${value}是`],
    ["twice", `old: ${value}\nnew: ${value}`],
    ["with and without its prefix", `${bare} is ${value}`],
    ["in capitals", value.toUpperCase()],
    ["in full-width signs", value.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
    ["with dashes of an office", value.replace("-", "\u2011").replace("-", "\u2013").replace("-", "\u2212")],
    ["with invisible signs inside", cut(cut(cut(value, 30, "\u00ad"), 12, "\u200b"), 3, "\ufeff")],
    ["with an invisible sign before it", `\u202a${value}\u202c`],
    ["with a line end after its prefix", `aws80:\n${bare}`],
    ["over two lines", cut(value, 20, "\n")],
    ["over two lines of a mail", `> ${cut(value, 25, "\r\n> ")}`],
    ["over two lines in quoted-printable", cut(value, 22, "=\r\n")],
    ["over two lines of a script", cut(value, 19, "\\\n    ")],
    ["over three lines", cut(cut(value, 33, "\n"), 15, "\n")],
    ["in emphasis", `__${value}__`],
    ["behind an escaped mark", value.replaceAll("-", "\\-")],
    ["in an address within an address", `x%3Ftoken%3D${encodeURIComponent(encodeURIComponent(value))}`],
    ["in escapes of a script", `"\\x61ws80\\u003a${bare}"`],
    ["in entities", value.replaceAll("-", "&#45;").replace(":", "&colon;")],
    ["in HTML that may break it", value.replaceAll("-", "-<wbr>")],
    ["behind a letter in percent signs", `caf%C3%A9${value}`],
    ["with a footnote", `${value}\u00b9`],
    ["between the dashes of a sentence", `token\u2014${value}\u2014revoked`],
    ["with controls inside", cut(cut(value, 30, "\u0007"), 12, "\u0000")],
    ["over two lines of a change", cut(value, 20, "\n+")],
    ["over two lines of a box", cut(value, 20, " │\n│ ")],
    ["over two lines, twice", `${cut(value, 20, "\n")}\n${value}`],
  ])("is taken out %s", (_, text) => {
    expect(likely(text)).toBe(value);
  });

  it("is taken out wherever its line ends", () => {
    for (let at = 6; at < value.length; at += 1) expect(likely(cut(value, at, "\n"))).toBe(value);
    for (let at = 1; at < bare.length; at += 1) expect(likely(cut(bare, at, "\n"))).toBe(bare);
  });

  it("is taken out of any surroundings", () => {
    const around = fc.string({ unit: "binary", maxLength: 200 });
    const separate = fc.constantFrom(" ", "\n", '"', "'", "=", "(", "[", ">", "/", "、", ", ");
    fc.assert(
      fc.property(around, separate, separate, around, (before, left, right, after) => {
        fc.pre(readTokenText(before + after).found === "none");
        expect(likely(before + left + value + right + after)).toBe(value);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    "",
    " ",
    "billing",
    "hunter2!",
    "the token is gone",
    `${bare}0`,
    `0${bare}`,
    `${bare}x`,
    `x${bare}`,
    `${bare}-1234`,
    `beef-${bare}`,
    bare.slice(1),
    bare.replaceAll("-", ""),
    `${value.slice(0, -1)}…`,
    "tok_abcdefghijklmnopqrstuvwxyz",
    "aws80:c235…c0a9",
    other.slice(0, 20) + bare.slice(0, 16),
  ])("is not seen in %j", (text) => {
    expect(readTokenText(text)).toEqual({ found: "none" });
  });

  it("is one of several where there are several", () => {
    expect(readTokenText(`${value} ${other}`)).toEqual({ found: "several" });
    for (const between of ["\n", "", "_", ",", " — "])
      expect(readTokenText(`${value}${between}aws80:${other}`)).toEqual({ found: "several" });
    expect(readTokenText(`${cut(value, 20, "\n")}\n${cut(other, 20, "\n")}`)).toEqual({ found: "several" });
  });

  it("may be meant in several ways", () => {
    const readings = (text: string) => {
      const read = readTokenText(text);
      return read.found === "one" ? read.readings : [];
    };
    expect(readings(value)).toEqual([value]);
    expect(readings(value.toUpperCase())).toEqual([value, value.toUpperCase()]);
    expect(readings(bare)).toEqual([bare, value]);
    expect(readings(`Staging:\n${bare}`)).toEqual([bare, value]);
    expect(readings(`rc7:${bare} ${value}`)).toEqual([value]);
    for (const [text, first] of [
      [`rc7:${bare}`, `rc7:${bare}`],
      [`-rc7:${bare}`, `rc7:${bare}`],
      [`x.old:${bare}`, `old:${bare}`],
      [`token:${bare}`, bare],
      [`X-Auth-Token:${bare}`, bare],
      [`rcx_${bare}`, bare],
      [`my-portal:${bare}.v1`, `portal:${bare}`],
    ] as const) {
      // What it could be besides is the whole word.
      expect(readings(text)[0]).toBe(first);
      expect(readings(text)).toEqual(expect.arrayContaining([bare, value, text.replace(/^-/, "")]));
    }
  });

  it("is looked for without getting stuck", () => {
    const units = [
      "c2353445-",
      "c\n",
      "aws80:",
      "a.b-",
      "%25",
      "&#45;",
      "\u001b[1",
      "a\u0345\u0334",
      "\u00ad",
      "a \n>",
    ];
    for (const unit of units) expect(readTokenText(unit.repeat(200_000)).found).toBe("none");
    for (const unit of ["a\u0345", "\u0334"]) expect(mayHoldToken(unit.repeat(200_000))).toBe(false);
  });

  it("is read again as it was, once it stands in a field", () => {
    for (const text of [
      value,
      value.toUpperCase(),
      `old:${bare}`,
      `token:${bare}`,
      bare,
      cut(value, 9, "\n"),
    ]) {
      const read = readTokenText(text);
      if (read.found !== "one") throw new Error("not found");
      const again = readTokenText(read.written);
      expect(again).toMatchObject({ found: "one", written: read.written });
      expect(likely(read.written)).toBe(read.readings[0]);
    }
  });
});

describe("what may be a token", () => {
  // What goes into the URL stays in the browser's history and in every proxy's log: while somebody types or pastes
  // a part of a token, that part must not get there either.
  it("counts as a secret from the first digits that are no hint", () => {
    expect(mayHoldToken("c235")).toBe(false);
    expect(mayHoldToken("c2353445")).toBe(false);
    expect(mayHoldToken("c2353445-bc")).toBe(true);
    expect(mayHoldToken("c235\u00ad3445-bc")).toBe(true);
    expect(mayHoldToken(value)).toBe(true);
    for (const text of [
      encodeURIComponent(value),
      `3D${bare}`,
      `①${bare}`,
      `%A9${bare}`,
      bare.replaceAll("-", "\\-"),
    ])
      expect(mayHoldToken(text)).toBe(true);
    expect(mayHoldToken("c2353445bc74af1a2850")).toBe(true);
    expect(mayHoldToken("tok_abcdefghijklmnopqrstuvwxyz")).toBe(false);
    expect(mayHoldToken("billing export 2026-03-01")).toBe(false);
  });

  it("is found as often as it stands there, also where letters touch it", () => {
    expect(findTokenForms(`old ${value}, new ${bare}.`)).toEqual([value, bare]);
    expect(findTokenForms(`x${bare}x`)).toEqual([bare]);
    expect(findTokenForms(cut(value, 20, "\n"))).toEqual([value]);
    expect(findTokenForms(`_${value}_`)).toEqual([`_${value}`]);
    expect(findTokenForms("none")).toEqual([]);
  });

  it("is one word, as it travels in a header", () => {
    expect(["rcx_Zm9vYmFyYmF6", "a/b-c-d-e", "x".repeat(128)].every(mayBeOddToken)).toBe(true);
    expect(
      ["short", "two words here", "gestern-wär", "x".repeat(129), value.slice(0, -1), bare.slice(0, 20)].some(
        mayBeOddToken,
      ),
    ).toBe(false);
  });
});
