import { readFileSync } from "node:fs";
import type { DeskProcess } from "../support/desk-process";
import { expect, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { focusedField, hintsOf, holdSaves, unclaimed } from "./support/naming";
import { apiAs, mintFor, type Person } from "./support/people";

/* Somebody names tokens while somebody else does so too, and while the list goes on changing. */

type Listed = { id: string; hint: string; label: string | null };

/** Somebody else at the desk, who names a token by its hint or its name. */
async function somebodyElse(desk: DeskProcess, person: Person) {
  const client = await apiAs(desk, person);
  const items = async () => ((await client.get("/api/tokens")).body as { items: Listed[] }).items;
  return {
    items,
    name: async (what: string | undefined, label: string) => {
      const token = (await items()).find(({ hint, label: now }) => hint === what || now === what);
      expect((await client.patch(`/api/tokens/${token?.id}`, { label })).status).toBe(200);
    },
  };
}

test("the results have the names that were saved, whatever is free after that", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson({ tokens: { prefixed: 4 } });
  await signIn(page, crm, unclaimed);
  const hints = await hintsOf(page);
  await page.getByRole("button", { name: "Name all 4 at once" }).click();
  const dialog = page.getByRole("dialog", { name: "Name 4 tokens" });
  const name = dialog.getByLabel("Name", { exact: true });
  const rows = dialog.getByRole("list", { name: "Which token gets which name" }).getByRole("listitem");
  // A token is shown once at most, where it was pasted.
  await name.fill(crm.tokens[0] ?? "");
  await expect(dialog.getByText("This has the form of a token: take it out")).toBeVisible();
  await expect(rows.nth(3)).toContainText("No name yet");
  await name.fill("legacy");
  await dialog.getByLabel("First number").fill("");
  await expect(dialog.getByText("Type a number")).toBeVisible();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await page.getByRole("button", { name: "Name all 4 at once" }).click();
  await name.fill("gone");
  const problem = { type: "about:blank", title: "", status: 503, code: "store_full", instance: "req_test" };
  await page.route(
    "**/api/tokens/label",
    (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        body: JSON.stringify(problem),
      }),
    { times: 1 },
  );
  await name.press("Enter");
  const banner = dialog.getByText("Not saved. The desk cannot save anything right now");
  await expect(banner).toBeVisible();
  await name.fill("legacy");
  await expect(banner).toHaveCount(0);
  await name.press("Enter");
  await expect(dialog.getByText("All 4 are saved.")).toBeVisible();
  // By now the list behind has the names, and the next free number would be the fifth.
  await expect(page.locator("[data-token]")).toHaveCount(0);
  for (const index of [0, 1, 2, 3])
    await expect(dialog.getByRole("listitem").nth(index)).toContainText(`legacy ${index + 1}`);
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Download as CSV" }).click();
  const csv = readFileSync(await (await downloading).path(), "utf8");
  const { items } = await somebodyElse(desk, crm);
  const saved = new Map((await items()).map(({ hint, label }) => [hint, label]));
  for (const [index, hint] of hints.entries()) {
    expect(saved.get(hint)).toBe(`legacy ${index + 1}`);
    expect(csv).toContain(`legacy ${index + 1},`);
  }
});

test("a row that goes from under the fingers takes no letter along into another row", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 4 } });
  await signIn(page, crm, unclaimed);
  const hints = await hintsOf(page);
  const other = await somebodyElse(desk, crm);
  const held = await holdSaves(page);
  const told = page.getByRole("region", { name: "Notifications" });
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await page.keyboard.type("first");
  await page.keyboard.press("Enter");
  await page.keyboard.type("bil");
  await other.name(hints[1], "Theirs");
  // The answer to the first has the list asked for anew, and the second is not in it any more.
  await expect.poll(() => held.length).toBe(1);
  await held[0]?.();
  await expect(told).toContainText("Not saved: “bil”");
  await expect(told).toContainText("Somebody named it meanwhile.");
  await expect(focusedField(page)).toHaveAttribute("aria-label", `A name for ${hints[2]}`);
  await expect(focusedField(page)).toHaveValue("");
  await page.keyboard.type("crm");
  await expect(focusedField(page)).toHaveValue("crm");

  // At the end of the list nothing follows, and the row that is left does not take the letters for its keys.
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Enter");
  await page.keyboard.type("last");
  await other.name(hints[3], "Theirs too");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await expect(told).toContainText("Not saved: “last”");
  await expect(page.locator("[data-token]")).toHaveCount(1);
  await expect(page.locator("[data-token]:focus-within")).toHaveCount(0);
  expect(held).toHaveLength(1);
});

test("nobody's name is overwritten unseen: in the row, and in the form", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(409);
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  const other = await somebodyElse(desk, crm);
  await rowOf(page, "billing").focus();
  await page.keyboard.press("e");
  const field = focusedField(page);
  await field.fill("mine");
  await other.name("billing", "Theirs");
  await page.keyboard.press("Enter");
  await expect(
    page.getByRole("alert").filter({ hasText: "Somebody has named it “Theirs” meanwhile" }),
  ).toBeVisible();
  await expect(field).toHaveValue("mine");
  await expectAccessible(page);
  expect((await other.items()).map(({ label }) => label)).toContain("Theirs");
  await page.keyboard.press("Enter");
  await expect(rowOf(page, "mine")).toBeFocused();

  await openRowMenu(page, "mine");
  await page.getByRole("menuitem", { name: "Edit details…" }).click();
  const dialog = page.getByRole("dialog", { name: "Details of mine" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("mine again");
  await other.name("mine", "Theirs again");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByText("Somebody has named it “Theirs again” meanwhile")).toBeVisible();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(rowOf(page, "mine again")).toBeVisible();
});

test("who was called back to a failed name goes on from where that was", async ({
  page,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson({ tokens: { prefixed: 4 } });
  await signIn(page, crm, unclaimed);
  const hints = await hintsOf(page);
  const held = await holdSaves(page);
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await page.keyboard.type("first");
  await page.keyboard.press("Enter");
  // The second is left out.
  await page.keyboard.press("Enter");
  await page.keyboard.type("third");
  await expect.poll(() => held.length).toBe(1);
  await held[0]?.(true);
  await expect(page.getByRole("row").nth(1).getByRole("alert")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(focusedField(page)).toHaveValue("first");
  await page.keyboard.press("Enter");
  await expect(focusedField(page)).toHaveAttribute("aria-label", `A name for ${hints[3]}`);
  for (const release of held.slice(1)) await release();
});

test("while only the beginning of the list is there, it is not taken for all of it", async ({
  page,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 130 } });
  let release = () => {};
  const go = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/api/tokens", async (route) => {
    await go;
    await route.continue();
  });
  await signIn(page, crm, unclaimed);
  await expect(page.getByText("130 tokens have no name yet")).toBeVisible();
  await expect(page.getByRole("button", { name: "Name all 130 at once" })).toBeDisabled();
  release();
  await expect(page.getByRole("button", { name: "Name all 130 at once" })).toBeEnabled();
});
