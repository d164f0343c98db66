import type { Page } from "@playwright/test";
import { expect, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";

/* Everything by keyboard alone: nobody clicks in this file once signed in. */

test.use({ permissions: ["clipboard-write"] });

/** How many Tabs it takes until this is true of what has the focus. */
async function tabsUntil(page: Page, isThere: (element: Element) => boolean): Promise<number> {
  for (let tabs = 1; tabs <= 12; tabs += 1) {
    await page.keyboard.press("Tab");
    const there = await page.evaluate(
      (source) =>
        document.activeElement !== null && new Function(`return (${source})`)()(document.activeElement),
      isThere.toString(),
    );
    if (there) return tabs;
  }
  return Number.POSITIVE_INFINITY;
}

test("the search is at most four Tabs away, the first row at most eight, and a link skips", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["one", "two"]);
  await signIn(page, crm);
  await page.reload();
  await expect(rowOf(page, "one")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: /^Skip to/ }).first()).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const inNavigation = () => page.evaluate(() => document.activeElement?.closest("nav") !== null);
  expect(await inNavigation()).toBe(true);

  await page.reload();
  await expect(rowOf(page, "one")).toBeVisible();
  const toSearch = await tabsUntil(page, (element) => element.getAttribute("role") === "searchbox");
  expect(toSearch).toBeLessThanOrEqual(4);
  const toRow = await tabsUntil(page, (element) => element.getAttribute("role") === "row");
  expect(toSearch + toRow).toBeLessThanOrEqual(8);
});

test("single keys search, mint, move, select, copy, check and revoke", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["c", "b", "a"]);
  await signIn(page, crm);
  await page.goto("/tokens?sort=name&dir=asc");
  const row = (name: string) => rowOf(page, name);
  await expect(row("a")).toBeVisible();

  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  // In a field letters are letters.
  await page.keyboard.type("n");
  await expect(page.getByRole("searchbox")).toHaveValue("n");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("searchbox")).toHaveValue("");
  await expect(row("a")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(row("a")).toBeFocused();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(row("c")).toBeFocused();
  await page.keyboard.press("k");
  await expect(row("b")).toBeFocused();
  await page.keyboard.press("x");
  await expect(row("b")).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Escape");
  await expect(row("b")).toHaveAttribute("aria-selected", "false");
  await page.keyboard.press("c");
  await expect(page.getByText("Copied. It stays in this computer's clipboard")).toBeVisible();
  await page.keyboard.press("t");
  await expect(page.getByText(/, answered in \d+ ms/)).toBeVisible();
  await expect(row("b")).toBeFocused();

  // Del asks, it never acts; Cancel has the focus, and gives it back to the row.
  await page.keyboard.press("Delete");
  const question = page.getByRole("alertdialog", { name: "Revoke “b”?" });
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(question).toHaveCount(0);
  await expect(row("b")).toBeFocused();
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(3);

  // After a row goes the focus is on the one that takes its place.
  await page.keyboard.press("Delete");
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused();
  await question.getByRole("radio", { name: "Unused" }).focus();
  await page.keyboard.press("Space");
  await question.getByRole("button", { name: "Revoke token" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(row("b")).toHaveCount(0);
  await expect(row("c")).toBeFocused();

  await page.keyboard.press("n");
  const mint = page.getByRole("dialog", { name: "Mint a token" });
  await expect(mint.getByRole("textbox", { name: "Name" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(mint).toHaveCount(0);
  await expect(row("c")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "c" })).toBeVisible();
});

test("help lists the keys, and switches them off", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["one"]);
  await signIn(page, crm);
  await expect(rowOf(page, "one")).toBeVisible();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(help.getByText("Revoke (asks first)")).toBeVisible();
  await expectAccessible(page);
  await help.getByRole("checkbox").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Escape");
  await expect(help).toHaveCount(0);
  await page.keyboard.press("n");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("the palette does things by name, and Esc closes the top layer only", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await mintFor(desk, crm, ["one"]);
  await signIn(page, crm);
  await expect(rowOf(page, "one")).toBeVisible();
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Find or do something" });
  await expect(palette.getByRole("combobox")).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.type("audit");
  await expect(palette.getByRole("option", { name: "Audit", exact: true })).toHaveAttribute(
    "aria-selected",
    "true",
  );
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Audit trail" })).toBeVisible();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("mint a");
  await expect(palette.getByRole("option", { name: "Mint a token" })).toHaveAttribute(
    "aria-selected",
    "true",
  );
  await page.keyboard.press("Enter");
  const mint = page.getByRole("dialog", { name: "Mint a token" });
  await expect(mint).toBeVisible();
  // Nothing else is started above a question.
  await page.keyboard.press("Control+k");
  await expect(palette).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(mint).toHaveCount(0);

  await page.keyboard.press("Control+k");
  await page.keyboard.type("connect another");
  await page.keyboard.press("Enter");
  const connect = page.getByRole("dialog", { name: "Connect another API user" });
  await expect(connect.getByRole("textbox", { name: "E-mail" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Connect another" })).toBeFocused();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("one");
  await expect(palette.getByRole("option", { name: /^one/ })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "one" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("nothing like it");
  await page.keyboard.press("Enter");
  await expect(page.getByText("No token matches “nothing like it”")).toBeVisible();

  await page.evaluate((text) => navigator.clipboard.writeText(text), crm.tokens[0] ?? "");
  await page.keyboard.press("Control+k");
  await expect(palette.getByRole("combobox")).toBeFocused();
  await page.keyboard.press("Control+v");
  await expect(palette.getByRole("link", { name: /No name yet/ })).toBeFocused();
  // What was pasted stands in no field any more.
  await expect(palette.getByRole("combobox")).toHaveCount(0);
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await expect(page.getByText("Nobody has said what this is for")).toBeVisible();
  expect(page.url()).not.toContain((crm.tokens[0] ?? "").slice(-12));
});

test("who comes back from a token's page is at its row", async ({ page, desk, newPerson }) => {
  const crm = await newPerson({ tokens: { prefixed: 60 } });
  await mintFor(desk, crm, ["one", "two"]);
  await signIn(page, crm);
  await page.goto("/tokens?sort=name&dir=desc");
  const row = page.locator("[aria-rowindex='40']");
  await page.evaluate(() => scrollTo({ top: 1800 }));
  await expect(row).toBeInViewport();
  const read = page.locator(`[data-token='${await row.getAttribute("data-token")}']`);
  await row.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "No name yet" })).toBeVisible();
  await page.goBack();
  await expect(read).toBeFocused();
  await expect(read).toBeInViewport();
  await page.keyboard.press("k");
  await expect(page.locator("[aria-rowindex='39']")).toBeFocused();
});
