import type { BrowserContext } from "@playwright/test";
import type { Wire } from "./wire";

/** Watches a browser for whatever should not happen in it. */
export type Guard = {
  watch(context: BrowserContext): Promise<void>;
  /** The test provokes answers of these statuses; the browser prints a line for each, which is no fault then. */
  allowStatus(...statuses: number[]): void;
  /** What has gone wrong so far. */
  problems(): string[];
};

const failedLoad = /^Failed to load resource: the server responded with a status of (\d+)/;

/** Console errors and warnings, page errors, breaches of the content policy, and calls to other hosts. */
export function makeGuard(wire: Wire): Guard {
  const noted: string[] = [];
  const allowed = new Set<number>();
  return {
    async watch(context) {
      context.on("console", (message) => {
        if (message.type() !== "error" && message.type() !== "warning") return;
        const status = Number(failedLoad.exec(message.text())?.[1]);
        if (allowed.has(status)) return;
        noted.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
      });
      context.on("weberror", (error) => noted.push(`page error: ${error.error().message}`));
      await context.addInitScript(() => {
        addEventListener("securitypolicyviolation", (event) => {
          console.error(`policy: ${event.violatedDirective} stopped ${event.blockedURI || "inline"}`);
        });
      });
    },
    allowStatus(...statuses) {
      for (const status of statuses) allowed.add(status);
    },
    problems() {
      const reports = wire.exchanges.filter((exchange) => exchange.path === "/api/csp-report");
      return [
        ...noted,
        ...wire.strangers.map((url) => `a call to another host: ${url}`),
        ...reports.map((report) => `policy report: ${report.requestBody.slice(0, 400)}`),
      ];
    },
  };
}
