import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canStandInPath,
  isPlausibleToken,
  isSendableCredential,
  tokenPathSegment,
} from "@/lib/server/portal/token-form";

describe("a token in a path", () => {
  it("stands there as it is, the colon not encoded", () => {
    const token = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
    expect(tokenPathSegment(token)).toBe(token);
    expect(tokenPathSegment("baf522ee-5d42-457a-a18d-7b8500eeb573")).toBe(
      "baf522ee-5d42-457a-a18d-7b8500eeb573",
    );
  });

  // Each of these would name another resource, or end the path: the delete would hit something else.
  it.each([
    "",
    ".",
    "..",
    "a/b",
    "a?b",
    "a#b",
    "a%2fb",
    "a\\b",
    "a\nb",
    "a\u0000b",
    "a\u0085b",
    "a\ud800",
    "x".repeat(129),
  ])("refuses %j", (token) => {
    expect(canStandInPath(token)).toBe(false);
  });

  it("never leaves its segment and never changes, whatever the value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 140 }), (token) => {
        const segment = tokenPathSegment(token);
        if (segment === undefined) return;
        const url = new URL(`http://portal.test/v1/${segment}/end?q`);
        expect(url.pathname.split("/")).toHaveLength(4);
        expect(decodeURIComponent(url.pathname.split("/")[2] ?? "")).toBe(token);
        expect(segment).toMatch(/^[\x21-\x7e]+$/);
      }),
    );
  });
});

describe("a credential in a header", () => {
  it.each(["baf522ee-5d42-457a-a18d-7b8500eeb573", "aws80:x", "!", "x".repeat(512)])("takes %j", (value) => {
    expect(isSendableCredential(value)).toBe(true);
  });

  // A line break would add a header, or a whole request, of the attacker's making.
  it.each(["", "a b", "a\r\nX-Evil: 1", "a\n", "ä", "\u0000", "x".repeat(513)])("refuses %j", (value) => {
    expect(isSendableCredential(value)).toBe(false);
  });
});

describe("a minted token", () => {
  it.each(["aws80:c2353445-bc74-af1a-2850-1d55a371c0a9", "new-form_0123456789.abc"])(
    "believes %j",
    (value) => {
      expect(isPlausibleToken(value)).toBe(true);
    },
  );

  it.each([
    "",
    "Unauthorized",
    "two words, long enough",
    "<html><body></body></html>",
    '{"error":"something"}',
    "x".repeat(513),
  ])("does not believe %j", (value) => {
    expect(isPlausibleToken(value)).toBe(false);
  });
});
