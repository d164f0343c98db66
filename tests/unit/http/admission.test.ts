import { describe, expect, it } from "vitest";
import { refuseBearer, requireHost, requireOwnSite } from "@/lib/server/http/admission";

const home = new URL("https://desk.example");
const site = (method: string, headers: Record<string, string>) => () =>
  requireOwnSite(method, new Headers(headers), home);

describe("a request that changes something", () => {
  it("comes from a page of the same origin", () => {
    expect(site("POST", { "sec-fetch-site": "same-origin" })).not.toThrow();
  });

  it("or, from a browser without fetch metadata, names the desk's origin", () => {
    for (const origin of ["https://desk.example", "https://desk.example."])
      expect(site("DELETE", { origin })).not.toThrow();
  });

  // Each of these is how a foreign page, a form or a link would send it with the victim's cookies.
  it.each([
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { "sec-fetch-site": "" },
    // What the browser says of the request counts more than what a page could have it say.
    { "sec-fetch-site": "cross-site", origin: "https://desk.example" },
    { origin: "null" },
    { origin: "https://evil.example" },
    { origin: "http://desk.example" },
    { origin: "https://desk.example:8443" },
    { origin: "https://desk.example.evil.example" },
    {},
  ])("is refused with %j", (headers) => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      expect(site(method, headers as Record<string, string>)).toThrow("cross_site");
  });
});

describe("a read", () => {
  it.each(["same-origin", "none"])("may be %s", (value) => {
    expect(site("GET", { "sec-fetch-site": value })).not.toThrow();
  });

  it("may come without fetch metadata", () => {
    expect(site("GET", {})).not.toThrow();
  });

  // Resource isolation: a foreign page must not be able to time or embed what only its visitor may see.
  it("of another site is refused", () => {
    for (const method of ["GET", "HEAD", "OPTIONS"])
      for (const value of ["cross-site", "same-site"])
        expect(site(method, { "sec-fetch-site": value })).toThrow("cross_site");
  });
});

describe("the host", () => {
  const host = (value?: string) => () => requireHost(new Headers(value ? { host: value } : {}), home);

  it("is the desk's own, in any spelling of it", () => {
    for (const own of ["desk.example", "DESK.Example", "desk.example:443", "desk.example."])
      expect(host(own)).not.toThrow();
  });

  // DNS rebinding: a name of the attacker's that points here makes their page same-origin with the desk.
  it.each([undefined, "evil.example", "desk.example:8080", "desk.example..", "127.0.0.1"])(
    "is refused as %s",
    (value) => expect(host(value)).toThrow("misdirected"),
  );
});

// A script of any page could send a token; what a proxy in front asks for, browsers send along with everything.
it("a bearer token is refused, and what a proxy asks for is nothing to the desk", () => {
  const authorization = (value?: string) => () =>
    refuseBearer(new Headers(value === undefined ? {} : { authorization: value }));
  for (const value of ["Bearer x", "bearer x", "BEARER x", " Bearer\tx", "Bearer"])
    expect(authorization(value)).toThrow("unauthorized");
  for (const value of [
    undefined,
    "",
    "Basic eDp5",
    "BASIC eDp5",
    'Digest username="x"',
    "Negotiate x",
    "NTLM x",
    "x",
  ])
    expect(authorization(value)).not.toThrow();
});
