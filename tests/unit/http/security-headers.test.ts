import { describe, expect, it } from "vitest";
import { apiPolicy, baseHeaders, documentHeaders, documentPolicy } from "@/lib/shared/security-headers";

const directives = (policy: string) =>
  Object.fromEntries(
    policy.split("; ").map((directive) => {
      const [name = "", ...values] = directive.split(" ");
      return [name, values];
    }),
  );

describe("the policy of a document", () => {
  const policy = directives(documentPolicy("abc"));

  it("lets scripts run by the nonce alone", () => {
    expect(policy["script-src"]).toEqual(["'nonce-abc'", "'strict-dynamic'"]);
  });

  // An injected style element can read a page through selectors; style attributes cannot load anything.
  it("opens style attributes only", () => {
    expect(policy["style-src-elem"]).toEqual(["'self'", "'nonce-abc'"]);
    expect(policy["style-src-attr"]).toEqual(["'unsafe-inline'"]);
  });

  it("allows nothing that it does not name, no frame, no base, no other form target", () => {
    expect(policy["default-src"]).toEqual(["'none'"]);
    for (const name of ["object-src", "base-uri", "frame-ancestors"])
      expect(policy[name]).toEqual(["'none'"]);
    expect(policy["form-action"]).toEqual(["'self'"]);
    expect(policy["connect-src"]).toEqual(["'self'"]);
  });

  it("is reported to the desk itself", () => {
    expect(policy["report-uri"]).toEqual(["/api/csp-report"]);
    expect(documentHeaders("abc")["Reporting-Endpoints"]).toBe('csp="/api/csp-report"');
  });

  it("is loosened for the development server alone", () => {
    expect(documentPolicy("abc")).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/);
    expect(documentPolicy("abc", { development: true })).toContain("'unsafe-eval'");
  });

  // A page that came by http all the same would send a password by it.
  it("sends everything by https at a desk that is reached by https, and there alone", () => {
    expect(documentPolicy("abc", { https: true })).toContain("; upgrade-insecure-requests; ");
    expect(documentPolicy("abc")).not.toContain("upgrade-insecure-requests");
  });

  it("is never kept by a cache, nor changed by a proxy", () => {
    expect(documentHeaders("abc")["Cache-Control"]).toBe("no-store, no-transform");
  });
});

describe("the headers of every answer", () => {
  // Over plain http the header must not be sent (RFC 6797, 7.2), and would lock out a desk without TLS.
  it("include HSTS of a year over https, and none over http", () => {
    expect(baseHeaders("on")["Strict-Transport-Security"]).toBe("max-age=31536000");
    expect(baseHeaders("off")).not.toHaveProperty("Strict-Transport-Security");
  });

  // Whoever runs the desk need not run what is below its host, which may have no https.
  it("speak for the hosts below the desk's where that is asked for alone", () => {
    expect(baseHeaders("subdomains")["Strict-Transport-Security"]).toBe(
      "max-age=31536000; includeSubDomains",
    );
  });

  it("grant the clipboard for writing, to our own pages, and no other feature", () => {
    const granted = baseHeaders("off")
      ["Permissions-Policy"]?.split(", ")
      .filter((part) => !part.endsWith("=()"));
    expect(granted).toEqual(["clipboard-write=(self)"]);
  });
});

it("an answer of the API loads nothing and is framed by nobody", () => {
  expect(directives(apiPolicy)).toEqual({ "default-src": ["'none'"], "frame-ancestors": ["'none'"] });
});
