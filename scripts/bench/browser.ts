import { type Browser, chromium, type Page } from "@playwright/test";
import { ensureBrowser, quietBrowser } from "../../tests/support/browser";
import type { DeskClient } from "../desk-client";
import { type Figure, median } from "./figures";

type Visit = {
  firstRowMs: number;
  requests: number;
  longestTaskMs: number;
  elements: number;
  foreign: number;
};

const visits = 5;

/** Cold visits to the tokens page in Chromium: each in a fresh profile with nothing but the session's cookie. */
export async function benchPages(clients: { tokens: number; client: DeskClient }[]): Promise<Figure[]> {
  const browser = await chromium.launch({ executablePath: ensureBrowser(), args: quietBrowser });
  const figures: Figure[] = [];
  try {
    // The first page of a browser's life pays for the browser itself.
    for (const { client } of clients.slice(0, 1)) await visit(browser, client);
    for (const { tokens, client } of clients) {
      const seen: Visit[] = [];
      for (let round = 0; round < visits; round += 1) seen.push(await visit(browser, client));
      const of = (read: (one: Visit) => number) => median(seen.map(read));
      const title = `tokens page, ${tokens.toLocaleString("en")} tokens, cold:`;
      figures.push(
        { name: `${title} first row visible`, value: of((v) => v.firstRowMs), unit: "ms", atMost: 600 },
        { name: `${title} requests until then`, value: of((v) => v.requests), unit: "", atMost: 20 },
        { name: `${title} longest task`, value: of((v) => v.longestTaskMs), unit: "ms", atMost: 150 },
        { name: `${title} elements`, value: of((v) => v.elements), unit: "", atMost: 1500 },
        { name: `${title} requests elsewhere`, value: of((v) => v.foreign), unit: "", atMost: 0 },
      );
    }
  } finally {
    await browser.close();
  }
  return figures;
}

async function visit(browser: Browser, client: DeskClient): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const home = new URL(client.baseUrl);
  await context.addCookies(
    [...client.cookies].map(([name, value]) => ({ name, value, url: home.origin, httpOnly: true })),
  );
  const page = await context.newPage();
  let requests = 0;
  let foreign = 0;
  page.on("request", (request) => {
    requests += 1;
    if (new URL(request.url()).origin !== home.origin && !request.url().startsWith("data:")) foreign += 1;
  });
  await page.addInitScript(() => {
    const tasks: number[] = [];
    Object.assign(window, { longTasks: tasks });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tasks.push(entry.duration);
    }).observe({ type: "longtask", buffered: true });
  });
  await page.goto(`${home.origin}/tokens`, { waitUntil: "commit" });
  await firstRow(page);
  const firstRowMs = await page.evaluate(() => performance.now());
  const untilRow = requests;
  await page.waitForLoadState("networkidle");
  const { longestTaskMs, elements } = await page.evaluate(() => ({
    longestTaskMs: Math.max(0, ...(window as unknown as { longTasks: number[] }).longTasks),
    elements: document.getElementsByTagName("*").length,
  }));
  await context.close();
  return { firstRowMs, requests: untilRow, longestTaskMs, elements, foreign };
}

const firstRow = (page: Page) => page.locator("[data-token]").first().waitFor({ state: "visible" });
