import { describe, expect, it } from "vitest";
import { findTokenForm, findTokenForms, isTokenForm, mayHoldToken } from "@/lib/shared/token-form";

const value = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
const bare = "baf522ee-5d42-457a-a18d-7b8500eeb573";

describe("the form of a token", () => {
  it.each([value, bare, ` ${value}\n`, bare.toUpperCase(), `prod-eu.1:${bare}`])(
    "is recognised in %j",
    (text) => {
      expect(isTokenForm(text)).toBe(true);
    },
  );

  it.each([
    "",
    "billing",
    "c235",
    "c235…c0a9",
    "tok_abcdefghijklmnopqrstuvwxyz",
    bare.slice(0, -1),
    `${bare}0`,
  ])("is not seen in %j", (text) => {
    expect(isTokenForm(text)).toBe(false);
    expect(findTokenForm(text)).toBeUndefined();
  });

  it.each([
    `X-Auth-Token: ${value}`,
    `RINGCX_TOKEN=${value}`,
    `curl -H "X-Auth-Token: ${value}" https://portal.example/api`,
  ])("is found inside %j", (text) => {
    expect(findTokenForm(text)).toBe(value);
  });

  // What goes into the URL stays in the browser's history and in every proxy's log: while somebody types or pastes
  // a part of a token, that part must not get there either.
  it("counts as a secret from the first digits that are no hint", () => {
    expect(mayHoldToken("c235")).toBe(false);
    expect(mayHoldToken("c2353445")).toBe(false);
    expect(mayHoldToken("c2353445-bc")).toBe(true);
    expect(mayHoldToken(value)).toBe(true);
    expect(mayHoldToken("c2353445bc74af1a2850")).toBe(true);
    expect(mayHoldToken("tok_abcdefghijklmnopqrstuvwxyz")).toBe(false);
    expect(mayHoldToken("billing export 2026-03-01")).toBe(false);
  });

  it("is found as often as it stands there", () => {
    expect(findTokenForms(`old ${value}, new ${bare}.`)).toEqual([value, bare]);
    expect(findTokenForms("none")).toEqual([]);
  });
});
