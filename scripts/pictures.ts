import { chromium } from "@playwright/test";
import { ensureBrowser, quietBrowser } from "../tests/support/browser";
import { startDeskProcess } from "../tests/support/desk-process";
import { seedDemo } from "./demo-tokens";
import { ensureBuild } from "./ensure-build";

/*
 * `npm run pictures`: the pictures of README and docs, taken of the built desk with the demo's made-up people. No
 * page that is pictured holds a token's value.
 */

const folder = "docs/pictures";
const size = { width: 1360, height: 860 };

await ensureBuild(process.cwd());
const desk = await startDeskProcess();
const browser = await chromium.launch({ executablePath: ensureBrowser(), args: quietBrowser });
try {
  await seedDemo(desk.baseUrl, "sim", desk.simulator.seed);
  const client = await desk.signedIn("leadSales");
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await browser.newContext({ viewport: size, colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    await context.addCookies(
      [...client.cookies].map(([name, value]) => ({ name, value, url: desk.baseUrl })),
    );
    await page.goto(`${desk.baseUrl}/tokens`);
    await page.locator("[data-token]").first().waitFor();
    await page.screenshot({ path: `${folder}/tokens-${colorScheme}.png` });
    await context.close();
  }
} finally {
  await browser.close();
  await desk.stop();
}
