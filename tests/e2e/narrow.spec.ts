import { expect, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";

/* A small phone held upright: everything is there, and the page scrolls in one direction only. */

test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

test("the whole desk fits into 360 pixels", async ({ page, desk, newPerson, guard }) => {
  guard.allowStatus(404);
  const crm = await newPerson({
    name: "api.user.of.the.european.subsidiary.for.billing.and.reporting",
    tokens: { prefixed: 2 },
  });
  const long = "a-name-without-any-space-that-is-far-too-long-for-a-phone-and-goes-on-and-on";
  const tokens = await mintFor(desk, crm, ["billing", long], {
    purpose: "A purpose that is rather long, too, so that it has to be cut or wrapped somewhere",
    environment: "production",
    tags: ["eu", "night", "weekly"],
    integrationId: "erp-7-with-a-rather-long-name",
  });
  const fits = async () => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, `${page.url()} is ${wide} px wide`).toBeLessThanOrEqual(360);
  };
  await page.goto("/sign-in");
  await fits();
  await signIn(page, crm);
  await expect(rowOf(page, "billing")).toBeVisible();
  await fits();
  const over = await rowOf(page, "billing").evaluate((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    const lines = [...row.querySelectorAll("[role=gridcell] > *")].map((line) =>
      line.getBoundingClientRect(),
    );
    return lines.filter((line) => line.height > 0 && (line.top < top || line.bottom > bottom)).length;
  });
  expect(over, "lines that reach out of their card").toBe(0);
  await expectAccessible(page);

  await openRowMenu(page, "billing");
  await expect(page.getByRole("menuitem", { name: "Copy token" })).toBeInViewport();
  await page.keyboard.press("Escape");
  await rowOf(page, "billing").getByRole("checkbox").check();
  await expect(
    page.getByRole("region", { name: "Selected tokens" }).getByRole("button", { name: "Revoke" }),
  ).toBeInViewport();
  await fits();
  await page.getByRole("button", { name: "Clear the selection" }).click();

  await page.getByRole("button", { name: /^Mint/ }).first().click();
  const mint = page.getByRole("dialog", { name: "Mint a token" });
  await mint.getByRole("textbox", { name: "Name" }).fill("from a phone");
  await mint.getByRole("button", { name: /^More/ }).click();
  await fits();
  await mint.getByRole("button", { name: "Mint token", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "It is there" })).toBeVisible();
  await fits();
  await page.getByRole("button", { name: "Done" }).click();

  await page.goto(`/tokens?q=${"x".repeat(200)}`);
  await expect(page.getByText("No token matches")).toBeVisible();
  await fits();
  for (const path of [
    ...tokens.map(({ id }) => `/tokens/${id}`),
    "/audit",
    "/connections",
    "/sessions",
    "/nothing/here",
  ]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await fits();
  }
  // The bar is full: one's own sessions are behind one's own name.
  await page.goto("/tokens");
  await page.getByRole("button", { name: "You", exact: true }).click();
  await page.getByRole("menuitem", { name: "Sessions" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Sessions" })).toBeVisible();
  await expectAccessible(page);
});
