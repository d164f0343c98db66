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
    expect(documentPolicy("abc", true)).toContain("'unsafe-eval'");
  });

  it("is never kept by a cache", () => {
    expect(documentHeaders("abc")["Cache-Control"]).toBe("no-store");
  });
});

describe("the headers of every answer", () => {
  // Over plain http the header must not be sent (RFC 6797, 7.2), and would lock out a desk without TLS.
  it("include HSTS of a year over https, and none over http", () => {
    expect(baseHeaders(true)["Strict-Transport-Security"]).toBe("max-age=31536000; includeSubDomains");
    expect(baseHeaders(false)).not.toHaveProperty("Strict-Transport-Security");
  });

  it("grant the clipboard for writing, to our own pages, and no other feature", () => {
    const granted = baseHeaders(false)
      ["Permissions-Policy"]?.split(", ")
      .filter((part) => !part.endsWith("=()"));
    expect(granted).toEqual(["clipboard-write=(self)"]);
  });
});

it("an answer of the API loads nothing and is framed by nobody", () => {
  expect(directives(apiPolicy)).toEqual({ "default-src": ["'none'"], "frame-ancestors": ["'none'"] });
});
