import { expect, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";

test("a check says live, with its time, in the row and in the trail", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await openRowMenu(page, "billing");
  await expectAccessible(page);
  await page.getByRole("menuitem", { name: "Check now" }).click();
  await expect(page.getByText(/^(Live|Limited), answered in \d+ ms$/)).toBeVisible();
  await expect(rowOf(page, "billing").getByText(/^(Live|Limited)$/)).toBeVisible();
});

test("a check that the portal does not answer says unknown, and nothing about the token", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await expect(rowOf(page, "billing")).toBeVisible();
  for (const endpoint of ["users", "children", "who"] as const)
    await desk.portal.addFault({ endpoint, kind: "status", status: 500, count: 3, userName: crm.userName });
  await openRowMenu(page, "billing");
  await page.getByRole("menuitem", { name: "Check now" }).click();
  await expect(page.getByText(/^Unknown, answered in/)).toBeVisible({ timeout: 15_000 });
});

test("a token's own page has its facts, its history, and all that can be done with it", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson({ firstName: "API", lastName: "CRM" });
  await mintFor(desk, crm, ["billing"], { notes: "Ask Ann" });
  await signIn(page, crm);
  await rowOf(page, "billing").getByRole("link", { name: "billing" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "billing" })).toBeVisible();
  for (const text of [crm.userName, "Ask Ann", "Anyone signed in as this portal user can list this token."])
    await expect(page.getByText(text).first()).toBeVisible();
  await page.getByRole("button", { name: "Check now" }).click();
  await expect(page.getByText(/answered in/).first()).toBeVisible();
  const history = page.getByRole("listitem");
  await expect(history.filter({ hasText: "checked it" })).toBeVisible();
  await expect(history.filter({ hasText: "minted it" })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Erase it" }).click();
  const question = page.getByRole("alertdialog", { name: "Erase the sealed copy?" });
  await expectAccessible(page);
  await question.getByRole("button", { name: "Erase the copy" }).click();
  await expect(page.getByText("None kept: a lead who revokes it has to paste it")).toBeVisible();
  await page.getByRole("link", { name: "In the audit trail" }).click();
  await expect(page).toHaveURL(/\/audit\?token=tok_/);
  await expect(page.getByText("erased the sealed copy of").first()).toBeVisible();
});

test("a token that vanished from the portal stays as disappeared, with its name", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["gone", "still there"]);
  await signIn(page, crm);
  await expect(rowOf(page, "gone")).toBeVisible();
  const { tokens } = await desk.portal.user(crm.userName);
  await desk.portal.removeTokens(tokens.slice(0, 1));
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh the list" }).click();
    await expect(rowOf(page, "gone").getByText("Disappeared")).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await openRowMenu(page, "gone");
  await expect(page.getByRole("menuitem", { name: /^Copy token/ })).toContainText(
    "The portal no longer lists it",
  );
});
