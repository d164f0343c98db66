import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** WCAG 2.2 AA and axe's own good practice, in light; in dark the contrast, which is all that a theme changes. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await atRest(page);
    const axe = new AxeBuilder({ page });
    // A tooltip stands at what it explains, and so in no landmark of its own.
    const asked =
      colorScheme === "dark"
        ? axe.withRules(["color-contrast"])
        : axe.withTags(tags).disableRules(["region"]);
    const { violations } = await asked.analyze();
    const found = violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ html, failureSummary }) => `${id} (${colorScheme}): ${html.slice(0, 300)}\n${failureSummary}`,
      ),
    );
    expect(found, `axe in ${colorScheme}`).toEqual([]);
  }
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
