import { describe, expect, it } from "vitest";
import { defaultNextPath, nextPath, pageAddress, signInPath } from "@/lib/shared/next-path";

describe("nextPath", () => {
  it.each([
    "/tokens",
    "/tokens?q=crm&sort=label",
    "/audit?from=2026-01-01T00%3A00%3A00Z",
    "/tokens/tok_abc#history",
  ])("keeps %s, a path of ours", (path) => {
    expect(nextPath(path)).toBe(path);
  });

  // What an attacker would gain: a link to the real desk that, after a real sign-in, shows a copy of it elsewhere.
  it.each([
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https://evil.example/tokens",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "%2f%2fevil.example",
    "/%2fevil.example",
    "/%2Fevil.example",
    "/%5cevil.example",
    "/%5Cevil.example",
    "/%252fevil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/ /evil.example",
    "/\u0000/evil.example",
    "/\u00a0/evil.example",
    "/tokens//evil.example",
    "/./\\evil.example",
    "/../evil.example",
    "/tokens/../../x",
    "/@evil.example\\x",
    " /tokens",
    "",
  ])("refuses %j", (value) => {
    expect(nextPath(value)).toBe(defaultNextPath);
  });

  it.each(["/sign-in", "/sign-in?next=/tokens", "/api/session", "/_next/static/x.js"])(
    "does not lead to %s: that is no page to come back to",
    (path) => {
      expect(nextPath(path)).toBe(defaultNextPath);
    },
  );

  it("refuses what is missing or too long", () => {
    expect(nextPath(undefined)).toBe(defaultNextPath);
    expect(nextPath(null)).toBe(defaultNextPath);
    expect(nextPath(`/${"a".repeat(3000)}`)).toBe(defaultNextPath);
  });

  it("never leaves the origin, whatever a browser makes of the result", () => {
    const origin = "https://desk.example";
    for (const value of ["/tokens?next=//evil.example", "/tokens#//evil.example", "/a:b@evil.example"]) {
      expect(new URL(nextPath(value), origin).origin).toBe(origin);
    }
  });
});

describe("pageAddress", () => {
  it("keeps a page's filters, so that a sign-in in between loses nothing", () => {
    const search = { q: "crm & co", show: "expiring", tag: undefined, env: ["a", "b"] };
    expect(pageAddress("/tokens", search)).toBe("/tokens?q=crm+%26+co&show=expiring");
    expect(signInPath(pageAddress("/tokens", {}))).toBe("/sign-in");
    expect(nextPath(pageAddress("/tokens", search))).toBe(pageAddress("/tokens", search));
  });

  // Whoever made somebody open `/tokens?q=<token>` would find it in the next address, and in the proxy's log, again.
  it("drops what may be a token", () => {
    const token = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
    expect(pageAddress("/tokens", { q: token, [token]: "x", show: "all" })).toBe("/tokens?show=all");
  });
});

describe("signInPath", () => {
  it("carries a path of ours, encoded, and nothing else", () => {
    expect(signInPath("/audit?actor=a@b.example")).toBe("/sign-in?next=%2Faudit%3Factor%3Da%40b.example");
    expect(signInPath("//evil.example")).toBe("/sign-in");
    expect(signInPath("/tokens")).toBe("/sign-in");
  });
});
