import { describe, expect, it } from "vitest";
import { textFault, tidyText, typedFault } from "@/lib/shared/visible-text";

const fault = (text: string) => typedFault(text, { max: 120 });

describe("a text that people type", () => {
  it.each([
    ["Persian with a non-joiner", "می\u200cخواهم"],
    ["Hindi with a joiner", "क्\u200dष"],
    ["Sinhala", "ශ්\u200dරී ලංකා"],
    ["Mongolian with a variation", "ᠮᠣᠩᠭᠣᠯ ᠠ\u180b"],
    ["Mongolian with its vowel separator", "ᠬᠠᠨ\u180eᠠ"],
    ["a variant of an ideograph", "葛\u{e0100}城"],
    ["Arabic with marks", "مُحَمَّد"],
    ["a number sign of Arabic", "\u06dd١"],
    ["Thai", "กุญแจ น้ำ"],
    ["Hebrew with points", "שָׁלוֹם"],
    ["Vietnamese", "Tiếng Việt"],
    ["kana", "ガス が ｶﾞ"],
    ["Hangul", "한국어"],
    ["a family", "👨\u200d👩\u200d👧\u200d👦"],
    ["an astronaut of a colour", "👩🏽\u200d🚀"],
    ["a heart on fire", "❤\ufe0f\u200d🔥"],
    ["the rainbow flag", "🏳\ufe0f\u200d🌈"],
    ["a keycap", "1\ufe0f\u20e3"],
    ["a flag of two letters", "🇯🇵"],
    ["a Persian ending after Latin letters", "API\u200cها"],
    ["a Persian ending after a digit", "۳\u200cام"],
    ["Hebrew with a joiner of marks", "יְרוּשָׁלַ\u034fִם"],
    ["the flag of Scotland", "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}"],
    ["text style", "☎\ufe0e ©\ufe0f"],
    ["punctuation", "#1 (EU) — ½ €"],
    ["nothing", ""],
    ["blanks, which are nothing", " \u00a0\u3000 "],
  ])("may be %s", (_, text) => {
    expect(fault(text)).toBeUndefined();
  });

  it.each([
    ["a Hangul filler", "\u3164"],
    ["a halfwidth filler", "\uffa0"],
    ["a blank of braille", "\u2800"],
    ["a zero-width space", "\u200b"],
    ["a word joiner", "\u2060"],
    ["a byte order mark", "\ufeff"],
    ["a soft hyphen", "\u00ad"],
    ["a grapheme joiner", "\u034f"],
    ["a joiner between Latin letters", "\u200d"],
    ["a non-joiner between Latin letters", "\u200c"],
    ["a variation of nothing", "\ufe0f"],
    ["a variation of no ideograph", "\u{e0100}"],
    ["a mark of direction", "\u200e"],
    ["an override of direction", "\u202e"],
    ["an isolate", "\u2066"],
    ["the Arabic mark of direction", "\u061c"],
    ["a tag", "\u{e0041}"],
    ["a line separator", "\u2028"],
    ["a paragraph separator", "\u2029"],
    ["an interlinear anchor", "\ufff9"],
    ["a stand-in for an object", "\ufffc"],
    ["a note without a head", "\u{1d159}"],
    ["a blank hieroglyph", "\u{13441}"],
    ["a selector without a shape", "\u{1bc9d}"],
    ["a joiner beside a mark of no script", "\u0951\u200c\u0951"],
    ["what is no character", "\uffff"],
    ["what is none of a higher plane", "\u{1fffe}"],
    ["an unassigned ignorable", "\u2065"],
    ["a control character", "\u0007"],
    ["NUL", "\0"],
    ["a line break", "\n"],
    ["a tab", "\t"],
    ["half a character", "\ud83d"],
  ])("is refused with %s, anywhere, and nothing hidden stands in the message", (_, character) => {
    for (const text of [`xy${character}zz`, `${character}zz`, `xy${character}`, character]) {
      const said = textFault(tidyText(text), { max: 120 });
      expect(said?.message).toMatch(/^(A|An|Half a) .*: delete it$/);
      expect(said?.message).not.toContain(character);
      // An answer of the server repeats nothing of what was typed.
      expect(said?.unquoted).not.toMatch(/xy|zz/);
    }
  });

  it("says what it is and where", () => {
    expect(fault("abc\u202edef")).toBe("An invisible direction mark (U+202E) after “abc”: delete it");
    expect(fault("\u200babc")).toBe("An invisible character (U+200B) at the beginning: delete it");
    expect(fault("what will use it\u{e0041}")).toBe(
      "An invisible character (U+E0041) after “will use it”: delete it",
    );
    const lines = textFault("one\n\u00ad", { max: 120, lines: true });
    expect(lines?.message).toBe("An invisible character (U+00AD) at the beginning of line 2: delete it");
    expect(lines?.unquoted).toBe("An invisible character (U+00AD) at position 5: delete it");
  });

  it("costs no more than its length, however it is made", () => {
    for (const text of [
      `a${"\n".repeat(60_000)}a`,
      "\u0323\u0301".repeat(30_000),
      "a\u0301 ".repeat(20_000),
      "\u200c".repeat(60_000),
    ])
      for (const lines of [true, false]) expect(typedFault(text, { max: 120, lines })).toBeDefined();
    expect(tidyText(`\n${"\n".repeat(7_000)}a${"\n".repeat(500)}`, true)).toBe("a");
  });

  it("has something that can be seen", () => {
    expect(fault("\u0301")).toBe("Nothing in it can be seen");
    expect(fault("\u0301 \u0308")).toBe("Nothing in it can be seen");
    expect(fault("👍")).toBeUndefined();
  });

  it("draws over no other line", () => {
    expect(fault(`a${"\u0321".repeat(10)}`)).toBeUndefined();
    expect(fault(`a${"\u0321".repeat(11)}`)).toBe("More than 10 marks on one letter");
  });
});
