import { expect, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { focusedField, hintsOf, holdSaves, openField, unclaimed } from "./support/naming";
import { apiAs, mintFor } from "./support/people";

/* Somebody connects a portal user who has tokens already: nobody has said what any of them is for. */

type Listed = { id: string; hint: string; label: string | null; status: string };

test("many are named by a pattern, numbered as they stand in the list, and nobody's name is taken", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 12 } });
  await mintFor(desk, crm, ["legacy 1"]);
  await signIn(page, crm);
  await page.getByRole("button", { name: /^Unclaimed/ }).click();
  await expect(page.getByText("12 tokens have no name yet")).toBeVisible();
  const hints = await hintsOf(page);
  await page.getByRole("checkbox", { name: "Select all 12 matching tokens" }).check();
  const bar = page.getByRole("region", { name: "Selected tokens" });
  await bar.getByRole("button", { name: "Name" }).click();

  const dialog = page.getByRole("dialog", { name: "Name 12 tokens" });
  const name = dialog.getByLabel("Name", { exact: true });
  const first = dialog.getByLabel("First number");
  const rows = dialog.getByRole("list", { name: "Which token gets which name" }).getByRole("listitem");
  await expect(name).toBeFocused();
  await page.keyboard.type("legacy");
  await expect(first).toHaveValue("2");
  await expect(rows).toHaveCount(12);
  for (const [index, hint] of hints.entries()) {
    await expect(rows.nth(index)).toContainText(hint);
    await expect(rows.nth(index)).toContainText(`legacy ${String(index + 2).padStart(2, "0")}`);
  }
  await first.fill("0");
  await expect(rows.nth(1)).toContainText("taken already");
  await expect(dialog.getByText("There is a token called “legacy 1” already.")).toBeVisible();
  await first.fill("a few");
  await expect(dialog.getByText("A whole number, 99,999 at most")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Name all 12" })).toBeDisabled();
  await expectAccessible(page);
  await first.fill("2");
  await name.fill("legacy-{n}\u200b");
  await expect(
    dialog.getByText("An invisible character (U+200B) after “legacy-{n}”: delete it"),
  ).toBeVisible();
  await name.fill("legacy-{n}");
  await expect(rows.nth(11)).toContainText("legacy-13");

  // Somebody else is quicker.
  const client = await apiAs(desk, crm);
  const items = async () => ((await client.get("/api/tokens")).body as { items: Listed[] }).items;
  const taken = (await items()).find(({ hint }) => hint === hints[3]);
  await client.patch(`/api/tokens/${taken?.id}`, { label: "Theirs" });
  await name.press("Enter");
  await expect(dialog.getByText("11 of 12 saved; 1 stayed as before.")).toBeVisible();
  await expect(dialog.getByRole("listitem").first()).toContainText("Somebody named it in the meantime");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(bar).toHaveCount(0);
  const named = new Map((await items()).map(({ hint, label, status }) => [hint, `${label} ${status}`]));
  expect(hints.map((hint) => named.get(hint))).toEqual(
    hints.map((_, index) =>
      index === 3 ? "Theirs active" : `legacy-${String(index + 2).padStart(2, "0")} active`,
    ),
  );
});
test("of a selection only what has no name is named, and the rest is said to be left out", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await rowOf(page, "billing").getByRole("checkbox").check();
  const bar = page.getByRole("region", { name: "Selected tokens" });
  await expect(bar.getByRole("button", { name: "Name" })).toBeDisabled();
  await page.getByRole("checkbox", { name: "Select all 2 matching tokens" }).check();
  await bar.getByRole("button", { name: "Name" }).click();
  const dialog = page.getByRole("dialog", { name: "Name a token" });
  await expect(
    dialog.getByText(
      "One of those that you selected already has a name, or cannot be changed, and is left out.",
    ),
  ).toBeVisible();
  await dialog.getByLabel("Name", { exact: true }).fill("billing");
  await expect(dialog.getByText("There is a token called “billing” already.")).toBeVisible();
  await dialog.getByLabel("Name", { exact: true }).fill("crm");
  await dialog.getByRole("button", { name: "Name it" }).click();
  await expect(dialog.getByText("It is saved.")).toBeVisible();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(rowOf(page, "crm")).toBeVisible();
});

test("one after the other is named by keyboard alone, faster than they are saved", async ({
  page,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 7 } });
  await signIn(page, crm, unclaimed);
  const hints = await hintsOf(page);
  const held = await holdSaves(page);
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await expect(page.getByText("Enter skips it · Esc stops")).toBeVisible();
  for (const name of ["one", "two", "three", "four", "five"]) {
    await page.keyboard.type(name);
    if (name === "one") await expect(page.getByText("Enter for the next · Esc stops")).toBeVisible();
    await page.keyboard.press("Enter");
  }
  // The sixth is left out.
  await page.keyboard.press("Enter");
  await page.keyboard.type("se");
  await expect.poll(() => held.length).toBe(5);
  await expect(page.locator("[data-token]")).toHaveCount(7);
  await expectAccessible(page);
  for (const release of held) await release();
  await expect(page.locator("[data-token]")).toHaveCount(2);
  const field = openField(page);
  await expect(field).toBeFocused();
  await page.keyboard.type("ven");
  await expect(field).toHaveValue("seven");
  // The last: nothing comes after it.
  await expect(page.getByText("Enter saves · Esc cancels")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(field).toHaveCount(0);
  await expect(page.locator("[data-token]").nth(1)).toBeFocused();
  expect(await hintsOf(page)).toEqual(hints.slice(5));

  await page.keyboard.press("k");
  await page.keyboard.press("e");
  await page.keyboard.type("six");
  await page.keyboard.press("Enter");
  await page.keyboard.type("seven");
  await page.keyboard.press("Enter");
  await expect.poll(() => held.length).toBe(7);
  for (const release of held.slice(5)) await release();
  await expect(page.getByText("Nothing here")).toBeVisible();
  await page.goto("/tokens?sort=name&dir=asc");
  for (const [index, name] of ["one", "two", "three", "four", "five", "six", "seven"].entries())
    await expect(rowOf(page, name)).toContainText(hints[index] ?? "");
});

test("a name that could not be saved comes back to its row, with what was typed", async ({
  page,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson({ tokens: { prefixed: 3 } });
  await signIn(page, crm, unclaimed);
  const hints = await hintsOf(page);
  const held = await holdSaves(page);
  const fieldOf = (index: number) => page.getByRole("textbox", { name: `A name for ${hints[index]}` });
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await page.keyboard.type("first");
  await page.keyboard.press("Enter");
  await page.keyboard.type("sec");
  await held[0]?.(true);
  await expect(page.getByRole("row").nth(1).getByRole("alert")).toBeVisible();
  await expect(fieldOf(0)).toHaveValue("first");
  // Whoever types is left in peace.
  await expect(fieldOf(1)).toBeFocused();
  await page.keyboard.type("ond");
  await expect(fieldOf(1)).toHaveValue("second");
  // Nor does what is said of the row above lie over the field.
  await expect(page.getByRole("row").nth(1).getByRole("alert")).toContainText("Not saved: ");
  const onTop = await fieldOf(1).evaluate((field) => {
    const { left, top, width } = field.getBoundingClientRect();
    return document.elementFromPoint(left + width / 3, top + 2) === field;
  });
  expect(onTop).toBe(true);
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await expect(fieldOf(0)).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.type(" again");
  await page.keyboard.press("Enter");
  await expect(fieldOf(2)).toBeFocused();
  await held[1]?.();
  await held[2]?.();
  await expect(page.locator("[data-token]")).toHaveCount(1);

  // The last one waits for its answer, as a single name does.
  await page.keyboard.type("third");
  await page.keyboard.press("Enter");
  await expect.poll(() => held.length).toBe(4);
  await held[3]?.(true);
  await expect(page.getByRole("row").nth(1).getByRole("alert")).toBeVisible();
  await expect(fieldOf(2)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.locator("[data-token]")).toBeFocused();
  await page.goto("/tokens");
  for (const name of ["first again", "second"]) await expect(rowOf(page, name)).toBeVisible();
});

test("a save that fails once nobody types any more has its field again", async ({
  page,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson({ tokens: { prefixed: 2 } });
  await signIn(page, crm, unclaimed);
  const held = await holdSaves(page);
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await page.keyboard.type("first");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(page.locator("[data-token]").nth(1)).toBeFocused();
  await held[0]?.(true);
  await expect(openField(page)).toBeFocused();
  await expect(openField(page)).toHaveValue("first");
  await expect(page.getByRole("row").nth(1).getByRole("alert")).toBeVisible();
});

test("the place is kept down a long list: each field is in sight, and has the focus", async ({
  page,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 40 } });
  await signIn(page, crm, unclaimed);
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Find or do something" }).getByRole("combobox").fill("one by one");
  await page.keyboard.press("Enter");
  await expect(openField(page)).toBeFocused();
  const seen = new Set<string | null>();
  for (let index = 1; index <= 30; index += 1) {
    const field = focusedField(page);
    await expect(field).toBeInViewport({ ratio: 1 });
    seen.add(await field.getAttribute("aria-label"));
    await page.keyboard.type(`long ${index}`);
    await page.keyboard.press("Enter");
    // Some are typed while the one before is being saved, some after.
    if (index % 3 === 0) await expect(page.getByText(`${40 - index} of 40`)).toBeVisible();
  }
  expect(seen.size).toBe(30);
  await expect(page.getByText("10 of 40")).toBeVisible();
  await page.goto("/tokens?sort=name&dir=desc");
  await expect(rowOf(page, "long 30")).toBeVisible();
});

test("a failure far out of sight is told, and whoever goes on comes to it first", async ({
  page,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson({ tokens: { prefixed: 40 } });
  await signIn(page, crm, unclaimed);
  const held = await holdSaves(page);
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  const first = await focusedField(page).getAttribute("aria-label");
  for (let index = 1; index <= 30; index += 1) {
    await page.keyboard.type(`long ${index}`);
    await page.keyboard.press("Enter");
  }
  await page.keyboard.type("long 31");
  await expect.poll(() => held.length).toBe(30);
  await held[0]?.(true);
  await expect(page.getByRole("region", { name: "Notifications" })).toContainText("Not saved: “long 1”");
  await expect(focusedField(page)).toHaveValue("long 31");
  await page.keyboard.press("Enter");
  await expect(focusedField(page)).toHaveAttribute("aria-label", first ?? "");
  await expect(focusedField(page)).toHaveValue("long 1");
  await expect(focusedField(page)).toBeInViewport({ ratio: 1 });
  for (const release of held.slice(1)) await release();
});

test("leaving a field saves it, and the field that was opened instead stays open", async ({
  page,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 3 } });
  await signIn(page, crm, unclaimed);
  const held = await holdSaves(page);
  const rows = page.locator("[data-token]");
  await rows.nth(0).getByRole("button", { name: "Name it to claim it" }).click();
  await page.keyboard.type("left");
  await rows.nth(2).getByRole("button", { name: "Name it to claim it" }).click();
  await expect(rows.nth(0)).toContainText("left, being saved");
  await held[0]?.();
  await expect(rows).toHaveCount(2);
  await expect(openField(page)).toBeFocused();
});

test("a session that ends meanwhile costs no letter: both names are there when one is signed in again", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(401);
  const crm = await newPerson({ tokens: { prefixed: 3 } });
  await signIn(page, crm, unclaimed);
  const hints = await hintsOf(page);
  const fieldOf = (index: number) => page.getByRole("textbox", { name: `A name for ${hints[index]}` });
  const held = await holdSaves(page);
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await page.keyboard.type("first");
  await page.keyboard.press("Enter");
  await page.keyboard.type("hal");
  // Signed out on the server, from elsewhere.
  const client = desk.visitor();
  for (const { name, value } of await page.context().cookies()) client.cookies.set(name, value);
  await client.post("/api/session/sign-out");
  await expect.poll(() => held.length).toBe(1);
  await held[0]?.();
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await ended.getByLabel("Password", { exact: true }).fill(crm.password);
  await ended.getByRole("button", { name: "Sign in" }).click();
  await expect(ended).toBeHidden();
  // Half a name is not saved because a question came up.
  expect(held).toHaveLength(1);
  await expect(fieldOf(0)).toHaveValue("first");
  await expect(fieldOf(1)).toBeFocused();
  await page.keyboard.press("End");
  await page.keyboard.type("f");
  await page.keyboard.press("Enter");
  await expect(fieldOf(0)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect.poll(() => held.length).toBe(3);
  for (const release of held.slice(1)) await release();
  await expect(page.locator("[data-token]")).toHaveCount(1);
  await page.goto("/tokens");
  for (const name of ["first", "half"]) await expect(rowOf(page, name)).toBeVisible();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true });

  test("both ways fit, and need no keys", async ({ page, newPerson }) => {
    const crm = await newPerson({ tokens: { prefixed: 14 } });
    await signIn(page, crm, unclaimed);
    const fits = async () =>
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await fits();
    await page.getByRole("button", { name: "Name them one by one" }).tap();
    const hints = await hintsOf(page);
    await expect(openField(page)).toHaveAttribute("enterkeyhint", "next");
    await page.keyboard.insertText("by thumb");
    await expect(page.getByText("The arrow saves and goes to the next")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Save and go to the next" }).tap();
    await expect(page.getByRole("textbox", { name: `A name for ${hints[1]}` })).toBeFocused();
    await expect(page.getByText("13 of 14")).toBeVisible();
    await page.getByRole("button", { name: "Skip to the next" }).tap();
    await expect(page.getByRole("textbox", { name: `A name for ${hints[2]}` })).toBeFocused();
    await fits();

    await page.getByRole("button", { name: "Name all 13 at once" }).tap();
    const dialog = page.getByRole("dialog", { name: "Name 13 tokens" });
    await dialog.getByLabel("Name", { exact: true }).fill("old");
    await expect(dialog.getByText("old 13")).toBeAttached();
    await fits();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Name all 13" }).tap();
    await expect(dialog.getByText("All 13 are saved.")).toBeVisible();
  });
});
