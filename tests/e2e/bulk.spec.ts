import { readFileSync } from "node:fs";
import { expect, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";

test("a selection is revoked as one operation, with a result for each and a file", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["a 1", "a 2", "a 3", "a 4", "a 5", "kept"]);
  await signIn(page, crm);
  await rowOf(page, "a 1").getByRole("checkbox").check();
  // A range, as in a list of mails.
  await page.keyboard.down("Shift");
  await rowOf(page, "a 5").getByRole("checkbox").click();
  await page.keyboard.up("Shift");
  const bar = page.getByRole("region", { name: "Selected tokens" });
  await expect(bar.getByText("5 selected")).toBeVisible();
  await bar.getByRole("button", { name: "Revoke" }).click();
  const question = page.getByRole("alertdialog", { name: "Revoke these 5 tokens?" });
  await question.getByRole("radio", { name: "Rotated" }).check();
  const button = question.getByRole("button", { name: "Revoke 5 tokens" });
  await expect(button).toBeDisabled();
  await question.getByLabel("Type revoke 5 to go on").fill("revoke 5");
  await expectAccessible(page);
  await button.click();
  const progress = page.getByRole("dialog", { name: "Revocation of 5 tokens" });
  await expect(progress.getByText("All 5 are revoked, and proven.")).toBeVisible({ timeout: 30_000 });
  await expect(progress.getByRole("listitem")).toHaveCount(5);
  await expectAccessible(page);
  const downloading = page.waitForEvent("download");
  await progress.getByRole("button", { name: "Download as CSV" }).click();
  const lines = readFileSync(await (await downloading).path(), "utf8")
    .trim()
    .split("\n");
  expect(lines).toHaveLength(6);
  await progress.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("1 of 1")).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(1);
});

test("what the portal refuses is told, and can be tried again", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["one", "two"]);
  await signIn(page, crm);
  await desk.portal.addFault({ endpoint: "revoke", kind: "status", status: 403, userName: crm.userName });
  await page.getByRole("checkbox", { name: "Select all 2 matching tokens" }).check();
  await page.getByRole("region", { name: "Selected tokens" }).getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("radio", { name: "Unused" }).check();
  await page.getByRole("button", { name: "Revoke 2 tokens" }).click();
  const progress = page.getByRole("dialog", { name: "Revocation of 2 tokens" });
  await expect(progress.getByText("1 of 2 is revoked, 1 is not.")).toBeVisible({ timeout: 30_000 });
  await expect(progress.getByText("The portal does not let you do this")).toBeVisible();
  await progress.getByRole("button", { name: "Try the 1 failed again" }).click();
  await expect(progress.getByText("All 2 are revoked, and proven.")).toBeVisible({ timeout: 30_000 });
});

test("a selection is labelled at once, and what stays empty stays as it was", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["one", "two"], { tags: ["old"], purpose: "As it was" });
  await signIn(page, crm);
  await page.getByRole("checkbox", { name: "Select all 2 matching tokens" }).check();
  await page
    .getByRole("region", { name: "Selected tokens" })
    .getByRole("button", { name: "Edit details" })
    .click();
  const dialog = page.getByRole("dialog", { name: "Details of 2 tokens" });
  await dialog.getByLabel("Add tags").fill("new");
  await page.keyboard.press("Enter");
  await dialog.getByLabel("Take a tag off").selectOption("old");
  await dialog.getByLabel("Environment").fill("staging");
  await dialog.getByLabel("Expiry").selectOption("In 30 days");
  await expect(dialog.getByText(/^Reminder only, on /)).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save for all 2" }).click();
  await expect(dialog.getByText("All 2 are saved.")).toBeVisible();
  await expect(dialog.getByRole("listitem")).toHaveCount(2);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Done" }).click();
  for (const name of ["one", "two"]) {
    const row = rowOf(page, name);
    for (const text of ["#new", "staging", "As it was"])
      await expect(row.getByText(text, { exact: true })).toBeVisible();
    await expect(row.getByText("#old")).toHaveCount(0);
  }
});
