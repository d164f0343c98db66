import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

type RunOptions = Parameters<AxeBuilder["options"]>[0];

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** WCAG 2.2 AA and axe's own good practice, in light; in dark the contrast, which is all that a theme changes. */
export async function expectAccessible(page: Page): Promise<void> {
  await expectNone(page, "light", {
    runOnly: { type: "tag", values: tags },
    // A tooltip stands at what it explains, and so in no landmark of its own.
    rules: { region: { enabled: false } },
  });
  await page.emulateMedia({ colorScheme: "dark" });
  await expectNone(page, "dark", { runOnly: { type: "rule", values: ["color-contrast"] } });
  await page.emulateMedia({ colorScheme: "light" });
}

async function expectNone(page: Page, theme: string, options: RunOptions): Promise<void> {
  await atRest(page);
  // No page of ours has frames, and without them there is nothing to put together in a window of its own. Where each
  // thing stands that is as it should be, nobody reads.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ ...options, resultTypes: ["violations"] });
  const { violations } = await axe.analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id} (${theme}): ${html.slice(0, 300)}\n${failureSummary}`),
  );
  expect(found, `axe in ${theme}`).toEqual([]);
}

/**
 * Colours in the middle of a transition have no contrast that anybody reads. One that is inherited passes from parent
 * to child, each with a transition of its own: so until a whole frame goes by without any.
 */
async function atRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const passing = () =>
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY);
    for (let quiet = 0; quiet < 2; quiet += 1) {
      await frame();
      const running = passing();
      if (running.length > 0) quiet = -1;
      await Promise.allSettled(running.map((animation) => animation.finished));
    }
  });
}
