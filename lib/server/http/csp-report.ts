import "server-only";
import { z } from "zod";
import { route } from "./route";

/*
 * Where browsers report what our policy stopped. Anybody can write here, so what comes at once is one short line of the
 * log, a report nothing but a directive and the addresses without their queries, and there are few of them a minute.
 */

const text = z.string().catch("");
const details = z.object({
  effectiveDirective: text,
  "effective-directive": text,
  "violated-directive": text,
  blockedURL: text,
  "blocked-uri": text,
  documentURL: text,
  "document-uri": text,
});

/** Of a batch the first few are looked at. */
const mostReports = 5;
const longestAddress = 120;

/** A report of `report-uri` (CSP 2), or a batch of the Reporting API. */
const reports = z.union([
  z.object({ "csp-report": details }).transform((report) => [report["csp-report"]]),
  z.preprocess(
    (batch) => (Array.isArray(batch) ? batch.slice(0, mostReports) : batch),
    z.array(z.object({ body: details })).transform((batch) => batch.map(({ body }) => body)),
  ),
]);

export const cspReportRoute = route({
  auth: "none",
  body: reports,
  bodyTypes: ["application/csp-report", "application/reports+json", "application/json"],
  perMinute: 60,
  run({ desk, from }, { body }) {
    if (body.length === 0) return;
    const stopped = body.map((report) => ({
      directive: short(
        report.effectiveDirective || report["effective-directive"] || report["violated-directive"],
      ),
      blocked: address(report.blockedURL || report["blocked-uri"]),
      page: address(report.documentURL || report["document-uri"]),
    }));
    desk.log.warn({ requestId: from.requestId, stopped }, "the content policy stopped something");
  },
});

/** Directives and addresses are ASCII; whatever else is in them is somebody's attempt. */
const short = (value: string): string => value.slice(0, 60).replace(/[^ -~]/g, "?");

/** Origin and path; a word such as `inline` stays. */
function address(value: string): string {
  try {
    const { origin, pathname } = new URL(value);
    return `${origin}${pathname}`.slice(0, longestAddress);
  } catch {
    return short(value);
  }
}
