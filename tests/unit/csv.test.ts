import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvLine } from "@/lib/shared/csv";

/** The cell alone, as it stands in the file. */
const written = (cell: string | number | undefined) => csvLine([cell]).replace(/\r\n$/, "");

/**
 * Reads a file as spreadsheets do: with these delimiters, whatever it was written with, and forgiving. Quotation marks count
 * where a cell begins with one, and text behind the closing one belongs to the cell; or they count nowhere.
 */
function read(file: string, delimiters: string, quotes = true): string[][] {
  const rows: string[][] = [];
  let cells: string[] = [];
  let cell = "";
  let state: "begin" | "quoted" | "plain" = "begin";
  let rest = file;
  while (rest !== "") {
    // Two quotation marks within two are one of the text.
    const part =
      (state === "quoted" && rest.startsWith('""')) || rest.startsWith("\r\n")
        ? rest.slice(0, 2)
        : rest.charAt(0);
    rest = rest.slice(part.length);
    const isEnd = /^[\r\n]/.test(part);
    if (state === "quoted") {
      if (part === '"') state = "plain";
      else cell += part === '""' ? '"' : part;
    } else if (isEnd || delimiters.includes(part)) {
      cells.push(cell);
      cell = "";
      state = "begin";
      if (isEnd) {
        rows.push(cells);
        cells = [];
      }
    } else if (quotes && state === "begin" && part === '"') {
      state = "quoted";
    } else {
      cell += part;
      state = "plain";
    }
  }
  // What an open quotation mark has swallowed is a cell, too.
  return cell === "" ? rows : [...rows, [...cells, cell]];
}

const formula = /^[\s\p{C}"]*[=+\-@＝＋－＠﹦﹢﹣﹫−]/u;
const formulasIn = (rows: string[][]) => rows.flat().filter((cell) => formula.test(cell));

/** Texts that are mostly what matters here. */
const text = fc.string({
  unit: fc.constantFrom(..."=+-@＝＋－＠﹣;,\t\r\n\"' \u00a0\u3000\u200b\u0001a1{}:"),
  maxLength: 12,
});

describe("a cell of CSV", () => {
  test.each([
    ["plain", "plain"],
    [undefined, ""],
    [12, "12"],
    [-12, "-12"],
    ['say "hi"', '"say ""hi"""'],
    ["a,b", '"a,b"'],
    ["a;b", '"a;b"'],
    ["two\nlines", '"two\nlines"'],
    ["eu-west, 1+1=2, me@example.com", '"eu-west, 1+1=2, me@example.com"'],
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["＝1+1", "'＝1+1"],
    ["  =1", "'  =1"],
    ["\t1", `"'\t1"`],
    ["\t=1", `"'\t'=1"`],
    ["\r=1", `"'\r'=1"`],
    ["\n=1", `"'\n'=1"`],
    ["a;=1", `"a;'=1"`],
    ["\u200b=1", "'\u200b=1"],
    ["\u0000-1", "'\u0000-1"],
    ["\u2212 1", "'\u2212 1"],
    ["\ufe66cmd", "'\ufe66cmd"],
    ["a\u2028=1", `"a\u2028'=1"`],
    ["a\v+1", `"a\v'+1"`],
    ["a\t @x", `"a\t' @x"`],
    ['a;"=1"', `"a;'""=1"""`],
    ["a\n＋1;-1", `"a\n'＋1;'-1"`],
    ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
  ])("%j is written %j", (cell, expected) => {
    expect(written(cell)).toBe(expected);
  });

  // Where it were one, a name would run in the spreadsheet of whoever opens the file.
  test("is no formula, whatever a spreadsheet takes for the end of a cell", () => {
    const lines = fc.array(fc.array(fc.oneof(text, fc.nat()), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(lines, (rows) => {
        const file = rows.map(csvLine).join("");
        for (const delimiters of [",", ";", "\t", ",;\t"])
          expect(formulasIn(read(file, delimiters))).toEqual([]);
        for (const delimiters of [";", "\t"]) expect(formulasIn(read(file, delimiters, false))).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([",", ",;\t"])("reads back as what it was, apostrophes aside, by %j", (delimiters) => {
    const anything = fc.oneof(text, fc.string({ unit: "binary" }), fc.nat());
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 4 }), (cells) => {
        const [back] = read(csvLine(cells), delimiters);
        const plain = (cell: string | number) => String(cell).replaceAll("'", "");
        expect(back?.map(plain)).toEqual(cells.map(plain));
      }),
    );
  });

  // Who wrote a long text could hold up whoever exports it: each place may be looked at once, not once for each other.
  test("is looked at once, however long it is", () => {
    for (const unit of ["\t", ";", '"', ' "', "\n ", "; "]) {
      const long = unit.repeat(200_000);
      expect(written(`${long}=`).length).toBeGreaterThan(long.length);
    }
  });
});
