import type { Locator, Page } from "@playwright/test";
import { expect, fillSignIn, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";
import { onFullDisk } from "./support/store";

/*
 * The desk's disk is full, and a token has leaked. Whoever reads a dialog then must not believe that it is dead, and must learn
 * what to do now.
 */

const alertIn = (dialog: Locator) => dialog.getByRole("alert");

/** What is said of tokens that could not be revoked, with the portal's own way: a word stands in the token's place. */
async function expectWayOut(page: Page, dialog: Locator, living: string, again: string): Promise<void> {
  const alert = alertIn(dialog);
  await expect(alert).toContainText("Not revoked. The desk cannot save anything right now");
  await expect(alert).toContainText(`Nothing was sent to the portal: ${living}.`);
  await expect(alert).toContainText(`Ask whoever runs it to make room, then press “${again}” again.`);
  await expect(alert.getByRole("code")).toHaveText(
    /^curl -X DELETE -H "X-Auth-Token: TOKEN" "http:\/\/127\.0\.0\.1:\d+\/api\/v1\/admin\/token\/TOKEN"$/,
  );
  await expectAccessible(page);
}

test("a token that cannot be revoked is told to live, with what to do now; the form stays as it is", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson();
  await mintFor(desk, crm, ["leaked"], { environment: "production" });
  await signIn(page, crm);
  await openRowMenu(page, "leaked");
  await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
  const question = page.getByRole("alertdialog", { name: /^Revoke / });
  const button = question.getByRole("button", { name: "Revoke token" });
  await question.getByRole("radio", { name: "Compromised" }).check();
  await question.getByLabel("Note").fill("found in a build log");
  await desk.portal.clearCalls();
  await onFullDisk(desk, async () => {
    await button.click();
    await expectWayOut(page, question, "the token still works", "Revoke token");
    await expect(alertIn(question)).toContainText("whoever runs this desk can tell you how to list yours");
    expect(await desk.portal.calls({ endpoint: "revoke" })).toEqual([]);
    expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(1);
  });
  await expect(question.getByLabel("Note")).toHaveValue("found in a build log");
  await button.click();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toEqual([]);
});

test("so is a selection, and so is a token that was pasted", async ({ page, desk, newPerson, guard }) => {
  guard.allowStatus(503);
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  const [pasted = ""] = crm.tokens;
  await mintFor(desk, crm, ["one", "two"]);
  await signIn(page, crm);
  await onFullDisk(desk, async () => {
    await page.getByRole("button", { name: "Compromised token?" }).click();
    const byValue = page.getByRole("dialog", { name: "Compromised token?" });
    await byValue.getByLabel("Token", { exact: true }).fill(pasted);
    await byValue.getByRole("button", { name: "Revoke token" }).click();
    await expectWayOut(page, byValue, "the token still works", "Revoke token");
    expect(await alertIn(byValue).textContent()).not.toContain(pasted);
    await expect(byValue.getByLabel("Token", { exact: true })).toHaveValue(pasted);
    // What it says to do does it.
    const command = (await alertIn(byValue).getByRole("code").textContent()) ?? "";
    const [, url = ""] = /"(http[^"]+)"$/.exec(command.replaceAll("TOKEN", pasted)) ?? [];
    const deleted = await fetch(url, { method: "DELETE", headers: { "X-Auth-Token": pasted } });
    expect([deleted.status, await deleted.text()]).toEqual([200, "true"]);
    await byValue.getByRole("button", { name: "Cancel" }).click();

    for (const name of ["one", "two"]) await rowOf(page, name).getByRole("checkbox").check();
    await page
      .getByRole("region", { name: "Selected tokens" })
      .getByRole("button", { name: "Revoke" })
      .click();
    const many = page.getByRole("alertdialog", { name: "Revoke these 2 tokens?" });
    await many.getByRole("radio", { name: "Compromised" }).check();
    await many.getByRole("button", { name: "Revoke 2 tokens" }).click();
    await expectWayOut(page, many, "all 2 tokens still work", "Revoke 2 tokens");
    expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(2);
  });
  await page.getByRole("button", { name: "Revoke 2 tokens" }).click();
  await expect(page.getByRole("dialog").getByText("All 2 are revoked, and proven.")).toBeVisible();
});

test("the list shows what is known and says so, and a sign-in says why it cannot be", async ({
  page,
  desk,
  newPerson,
  guard,
  otherBrowser,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson();
  await mintFor(desk, crm, ["known"]);
  await signIn(page, crm);
  await expect(rowOf(page, "known")).toBeVisible();
  await onFullDisk(desk, async () => {
    await desk.portal.addTokens(crm.userName, { prefixed: 2 });
    // A list of the last seconds is shared; then the portal is asked anew.
    await expect(async () => {
      await page.reload();
      await expect(page.getByText("the desk cannot save anything right now")).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await expect(page.getByText("What has changed at the portal since cannot be saved")).toBeVisible();
    await expect(rowOf(page, "known")).toBeVisible();
    await expectAccessible(page);
    const other = await (await otherBrowser()).newPage();
    await other.goto("/sign-in");
    await fillSignIn(other, crm);
    await expect(
      other.getByText("Nobody can sign in right now: the desk cannot save anything"),
    ).toBeVisible();
    await expect(other.getByText("It is not your e-mail or password.")).toBeVisible();
  });
  await page.getByRole("button", { name: "Try now" }).click();
  await expect(page.getByText("the desk cannot save anything right now")).toHaveCount(0);
  await expect(page.getByText("3 of 3")).toBeVisible();
});
