import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countOperationEnd, countPortalCall, storeTimer } from "@/lib/server/metrics/count";
import { measuring } from "@/lib/server/metrics/current";
import { startMetrics } from "@/lib/server/metrics/start";
import { tellMetrics } from "@/lib/server/metrics/tell";
import { endpoints } from "@/lib/server/portal/requests";
import { forget } from "@/lib/server/runtime";

const guide = readFileSync("docs/monitoring.md", "utf8");
const rules = readFileSync("deploy/prometheus-alerts.yml", "utf8");

/** What is told: each metric's labels by its name. */
let told: Map<string, Set<string>>;
/** The same as text. */
let text: string;

/** Labels that the format itself adds. */
const ofTheFormat = ["le", "quantile"];

function metricsIn(text: string): Map<string, Set<string>> {
  const found = new Map(
    [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = ""]) => [name, new Set<string>()]),
  );
  for (const [, sample = "", labels = ""] of text.matchAll(/^(\w+)\{(.*)\} /gm)) {
    const name = found.has(sample) ? sample : sample.replace(/_(bucket|sum|count)$/, "");
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g))
      if (!ofTheFormat.includes(label)) found.get(name)?.add(label);
  }
  return found;
}

/** The table of the guide: each metric's labels by its name. */
const rows = new Map(
  [...guide.matchAll(/^\| `(tokendesk_\w+)` \|([^|]*)\|/gm)].map(([, name = "", labels = ""]) => [
    name,
    new Set([...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label)),
  ]),
);

/** The alarms of the file, each with its lines. */
const alarms = rules
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({ name: text.split("\n", 1)[0] ?? "", text }));

beforeAll(async () => {
  startMetrics("1.2.3");
  // One of each, so that all labels are there.
  const { instruments } = measuring();
  instruments?.requests.inc({ route: "page", method: "GET", status: "2xx" });
  instruments?.requestSeconds.observe({ route: "page" }, 1);
  countPortalCall({ portalId: "sim", endpoint: "GET /v1/admin/token", status: 200, durationMs: 1 });
  countOperationEnd("mint", "done");
  await storeTimer()?.("read", async () => {});
  const portal = { id: "sim", callsLeft: 1, callsLimit: 1, waiting: 0, pauseMs: 0, isDown: false, endpoints };
  const store = { mints: [], revocations: [], unprovenMs: 0, sessions: 0, entries: 0, checkpointBehind: 0 };
  const answer = await tellMetrics({
    isReady: true,
    isStandby: false,
    isFull: false,
    portals: [portal],
    store,
  });
  text = answer?.text ?? "";
  told = metricsIn(text);
});
afterAll(() => forget("metrics"));

describe("docs/monitoring.md", () => {
  test("names each metric that is told, and no other", () => {
    expect(told.size).toBeGreaterThan(40);
    expect([...rows.keys()].sort()).toEqual([...told.keys()].sort());
  });

  test("names the labels of each", () => {
    // Of what the process happens to do now nothing may be there, and then no label.
    const sure = [...told].filter(([, labels]) => labels.size > 0);
    expect(sure.length).toBeGreaterThan(15);
    expect(sure.map(([name]) => [name, [...(rows.get(name) ?? [])].sort()])).toEqual(
      sure.map(([name, labels]) => [name, [...labels].sort()]),
    );
    const none = [...told].filter(([name, labels]) => labels.size === 0 && rows.get(name)?.size);
    expect(none.map(([name]) => name).filter((name) => !/^tokendesk_nodejs_/.test(name))).toEqual([]);
  });

  test("names each alarm, and no other", () => {
    const named = [...guide.matchAll(/^\| `(Tokendesk\w+)` .*\| (critical|warning) \|$/gm)];
    expect(named.map(([, name, severity]) => [name, severity])).toEqual(
      alarms.map(({ name, text }) => [name, /severity: (\w+)/.exec(text)?.[1]]),
    );
  });
});

describe("deploy/prometheus-alerts.yml", () => {
  test("asks for metrics that there are, by labels that they have", () => {
    expect(alarms.length).toBeGreaterThan(10);
    for (const { name, text } of alarms) {
      const [, expr = ""] = /^ +expr: (.+)$/m.exec(text) ?? [];
      const asked = [...expr.matchAll(/\b(tokendesk_\w+|up)\b(?:\{([^}]*)\})?/g)];
      expect(asked.length, name).toBeGreaterThan(0);
      for (const [, metric = "", labels = ""] of asked) {
        if (metric === "up") continue;
        const base = told.has(metric) ? metric : metric.replace(/_(bucket|sum|count)$/, "");
        expect([name, told.has(base)]).toEqual([name, true]);
        for (const [, label = ""] of labels.matchAll(/(\w+)(?:=~|!~|!=|=)"/g))
          expect([name, label, told.get(base)?.has(label)]).toEqual([name, label, true]);
      }
    }
  });

  // Prometheus sees no increase in the first sample of a series.
  test("asks for calls that are told before there is one", () => {
    const asked = [...rules.matchAll(/tokendesk_portal_calls_total\{(.*?)\}/g)].map(([, by = ""]) => by);
    expect(asked.length).toBeGreaterThan(2);
    const begun = [...text.matchAll(/^tokendesk_portal_calls_total\{.*?(endpoint=.*),status=.*\} 0$/gm)].map(
      ([, labels]) => labels,
    );
    for (const by of asked) {
      const labels = [...by.matchAll(/(\w+)(=~?)"([^"]*)"/g)].map(([, label, , value]) => ({ label, value }));
      const words = labels.find(({ label }) => label === "outcome")?.value?.split("|") ?? ["unauthorized"];
      const of = labels.find(({ label }) => label === "endpoint")?.value;
      for (const endpoint of of === undefined ? endpoints : [of])
        for (const outcome of words) expect(begun).toContain(`endpoint="${endpoint}",outcome="${outcome}"`);
    }
  });

  test("says of each what it is, and what to do", () => {
    for (const { name, text } of alarms) {
      expect(text, name).toMatch(/^ +summary: ".{20,}"$/m);
      expect(text, name).toMatch(/^ +description: ".{40,}"$/m);
    }
  });
});
