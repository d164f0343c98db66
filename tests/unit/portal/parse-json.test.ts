import fc from "fast-check";
import { expect, it } from "vitest";
import { parseJson, TooMuchError } from "@/lib/server/portal/parse-json";

const names = new Set(["", "a", "b", "roles"]);
const outcomeOf = async (read: () => unknown): Promise<unknown> => {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SyntaxError) return "no JSON";
    throw error;
  }
};
/** What `JSON.parse` says of a text, without the fields that were not asked for. */
const known = (text: string) =>
  outcomeOf(() =>
    JSON.parse(text, (_name, value) =>
      value === null || typeof value !== "object" || Array.isArray(value)
        ? value
        : Object.fromEntries(Object.entries(value).filter(([name]) => names.has(name))),
    ),
  );

it("says of any JSON, and of what is nearly some, what JSON.parse says", async () => {
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.integer(), fc.constantFrom(null, true, false)),
      fc.array(tie("value")),
      fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ unit: "binary" })), tie("value")),
    ),
  }));
  const text = fc
    .tuple(
      value,
      fc.constantFrom("", " ", "\t", "\r\n"),
      fc.nat(),
      fc.constantFrom("", ...'{}[],:"\\\u00010-e.tn '),
    )
    .map(([said, space, place, spoilt]) => {
      const json = JSON.stringify(said, null, space) ?? "";
      const at = place % (json.length + 1);
      return spoilt === "" ? json : json.slice(0, at) + spoilt + json.slice(at + (place % 2));
    });
  await fc.assert(
    fc.asyncProperty(text, async (json) => {
      expect(await outcomeOf(() => parseJson(json, names))).toEqual(await known(json));
    }),
    { numRuns: 3_000 },
  );
});

it.each([
  ["nothing", ""],
  ["two values", "1 2"],
  ["a list without an end", "[1,"],
  ["a comma too many", "[1,]"],
  ["another space", "[\u00a01]"],
  ["a name without a value", '{"a"}'],
  ["a string without an end", '["\\"]'],
  ["a hexadecimal number", "0x10"],
])("throws for %s", async (_name, text) => {
  await expect(parseJson(text, names)).rejects.toBeInstanceOf(SyntaxError);
});

it.each([
  ["values", `[${"0,".repeat(200_000)}0]`],
  ["depth", `${"[".repeat(20_002)}${"]".repeat(20_002)}`],
  ["text in one value", `["${"a".repeat(16_384)}"]`],
  ["text in one name", `{"${"\\u0061".repeat(3_000)}":1}`],
  ["white space", `[1,${" ".repeat(20_000)}2]`],
])("reads no more than anybody has of %s", async (_what, text) => {
  await expect(parseJson(text, names)).rejects.toBeInstanceOf(TooMuchError);
});
