import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "@/lib/server/portal/retry-after";

const now = Date.UTC(1994, 10, 6, 8, 49, 0);

describe("Retry-After, RFC 9110 §10.2.3", () => {
  it.each([
    ["seconds", "37", 37_000],
    ["no seconds", "0", 0],
    ["white space around it", " 5 ", 5_000],
    ["the preferred date", "Sun, 06 Nov 1994 08:49:37 GMT", 37_000],
    ["the RFC 850 date", "Sunday, 06-Nov-94 08:49:37 GMT", 37_000],
    ["the asctime date, which has no zone and means UTC", "Sun Nov  6 08:49:37 1994", 37_000],
    ["a date that has passed", "Sun, 06 Nov 1994 08:00:00 GMT", 0],
    ["a length that nobody should obey, for the caller to cap", "999999", 999_999_000],
  ])("reads %s", (_name, header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });

  it.each([
    undefined,
    "",
    "  ",
    "-1",
    "1.5",
    "soon",
    "1e9",
    "2025-01-01T00:00:00Z",
    "Sun, 99 Nov 1994 08:49:37 GMT",
  ])("takes %j for absent", (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  });
});
