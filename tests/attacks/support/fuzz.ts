import fc from "fast-check";
import { tries } from "@/tests/support/size";

/* A failure prints its seed and the smallest case that still fails; `FUZZ_SEED` starts from that seed again. */

const seed = process.env.FUZZ_SEED === undefined ? undefined : Number(process.env.FUZZ_SEED);

/** Parameters for `fc.assert`. */
export const runs = (numRuns: number) => ({
  numRuns: tries(numRuns, numRuns * 20),
  ...(seed === undefined ? {} : { seed }),
});

/** Text that breaks things: markup, controls, line ends, NUL, lone surrogates, formulas, templates, paths. */
const nasty = fc.constantFrom(
  "",
  "\u0000",
  "\ud800",
  "\udfff\ud800",
  "\r\nSet-Cookie: x=1",
  "<script>alert(1)</script>",
  "=cmd|'/c calc'!A1",
  "../../etc/passwd",
  "%00",
  "%2e%2e%2f",
  "$" + "{7*7}",
  "__proto__",
  "constructor",
  "' or 1=1 --",
  "\u202eevil",
  "🧨".repeat(200),
  "NaN",
  "1e999",
  "9".repeat(400),
);

export const text = fc.oneof(
  nasty,
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 200 }),
);

/** Any value that JSON can have, with keys that reach for prototypes. */
export const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.oneof(fc.boolean(), fc.constant(null), fc.double(), fc.integer(), fc.maxSafeInteger()),
    fc.array(tie("any"), { maxLength: 5 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom("id", "ids", "label", "count", "token")), tie("any"), {
      maxKeys: 5,
    }),
  ),
})).any;

/** JSON as it is sent: well-formed, broken, nested without end, with `__proto__` as a key of its own. */
export const rawBody = (known: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: known.map((body) => JSON.stringify(body)) },
    { weight: 3, arbitrary: value.map((body) => JSON.stringify(body) ?? "") },
    { weight: 1, arbitrary: text },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "[".repeat(30_000),
        `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
        `${'{"a":'.repeat(8_000)}1${"}".repeat(8_000)}`,
        '{"__proto__":{"admin":true,"ids":["x"]}}',
        '{"constructor":{"prototype":{"admin":true}}}',
        '{"label":"x","label":{"a":1}}',
        '"\\ud800"',
        "-0",
        "1e400",
        "\ufeff{}",
      ),
    },
  );
