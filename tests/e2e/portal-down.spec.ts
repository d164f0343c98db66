import { expect, fillSignIn, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";

/* A desk of its own: one that has found its portal down remembers that for a while, for everybody. */
test.use({ deskOptions: { env: {} } });

test("while the portal is down the list is shown as it was known, and names can be changed", async ({
  page,
  desk,
  newPerson,
  guard,
  otherBrowser,
}) => {
  guard.allowStatus(502, 503, 504);
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await expect(rowOf(page, "billing")).toBeVisible();
  await desk.portal.addFault({ endpoint: "any", kind: "reset-before", count: null });
  const notice = page.getByText(`${crm.userName} on Simulator: the portal cannot be reached`);
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh the list" }).click();
    await expect(notice).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 20_000 });
  await expect(page.getByText(/Showing what was known/)).toBeVisible();
  await expect(page.getByText("Names and notes can be changed meanwhile.")).toBeVisible();
  await expectAccessible(page);
  await openRowMenu(page, "billing");
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "New name for billing" }).fill("renamed");
  await page.keyboard.press("Enter");
  await expect(rowOf(page, "renamed")).toBeVisible();

  const other = await (await otherBrowser()).newPage();
  await other.goto("/sign-in");
  await fillSignIn(other, crm);
  await expect(other.getByRole("alert").first()).toContainText("Simulator cannot be reached");
  await expect(other.getByLabel("E-mail")).toHaveValue(crm.userName);
  await expectAccessible(other);

  await desk.portal.clearFaults();
  // It goes as soon as the portal answers; what it brings may take a little longer.
  const tryNow = page.getByRole("button", { name: "Try now" });
  await expect(async () => {
    if (await tryNow.isVisible()) await tryNow.click({ timeout: 1_000 });
    await expect(notice).toHaveCount(0, { timeout: 2_000 });
  }).toPass({ timeout: 35_000 });
  await expect(rowOf(page, "renamed")).toBeVisible();
});

test("where the portal has never shown a list, nobody is told that it is empty", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(502, 503, 504);
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await desk.portal.addFault({
    endpoint: "list",
    kind: "status",
    status: 400,
    count: null,
    userName: crm.userName,
  });
  await signIn(page, crm);
  await expect(page.getByText("Whether there are tokens is not known yet")).toBeVisible();
  await expect(page.getByText(/No tokens yet/)).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Unclaimed not known" })).toBeVisible();
  await expectAccessible(page);

  await desk.portal.clearFaults();
  // It goes as soon as the portal answers; what it brings may take a little longer.
  const tryNow = page.getByRole("button", { name: "Try now" });
  await expect(async () => {
    if (await tryNow.isVisible()) await tryNow.click({ timeout: 1_000 });
    await expect(page.getByText("Name it to claim it")).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 20_000 });
});

test("what answers in the portal's place is no wrong password, and what is known stays in view", async ({
  page,
  desk,
  newPerson,
  guard,
  otherBrowser,
}) => {
  guard.allowStatus(502, 503);
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await expect(rowOf(page, "billing")).toBeVisible();
  const other = await (await otherBrowser()).newPage();
  await other.goto("/sign-in");

  for (const [fault, words] of [
    [{ kind: "html", status: 403 }, /something else answers at the (portal's address|address of Simulator)/i],
    [{ kind: "status", status: 500 }, /(the portal|Simulator) has a fault of its own/i],
  ] as const) {
    await desk.portal.clearFaults();
    await desk.portal.addFault({ ...fault, endpoint: "any", count: null });
    const notice = page.getByText(words);
    await expect(async () => {
      await page.getByRole("button", { name: "Refresh the list" }).click();
      await expect(notice).toBeVisible({ timeout: 2_000 });
    }).toPass({ timeout: 20_000 });
    await expect(rowOf(page, "billing")).toBeVisible();
    await expectAccessible(page);

    await fillSignIn(other, crm);
    const alert = other.getByRole("alert").first();
    await expect(alert).toContainText(words);
    await expect(alert).not.toContainText("not right");
    await expect(other.getByLabel("E-mail")).toHaveValue(crm.userName);
    await expectAccessible(other);
  }
});

test("what is withheld is not called empty, and what was shown as empty is", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(502, 503);
  const crm = await newPerson();
  await signIn(page, crm);
  const none = page.getByText(`No tokens yet for ${crm.userName} on Simulator`);
  await expect(none).toBeVisible();
  await desk.portal.addFault({ endpoint: "any", kind: "html", status: 403, count: null });
  // A list counts for a few seconds.
  await expect(async () => {
    await page.reload();
    await expect(page.getByText(/something else answers/)).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 20_000 });
  await expect(none).toBeVisible();

  const known = await page.evaluate(() => fetch("/api/tokens").then((answer) => answer.json()));
  const sources = known.sources.map((source: object) => ({ ...source, withheld: true }));
  await page.route("**/api/tokens*", (route) => route.fulfill({ json: { ...known, sources } }));
  await page.getByRole("button", { name: "Try now" }).click();
  await expect(page.getByText("shown again when the portal confirms this connection")).toBeVisible();
  await expect(page.getByText("Whether there are tokens is not known yet")).toBeVisible();
  await expect(none).toHaveCount(0);
  await expect(page.getByText(/Showing what was known/)).toHaveCount(0);
  await expectAccessible(page);
});

test("a gateway's page ends no revocation: it goes on before one's eyes until the portal answers", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(502, 503);
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await desk.portal.addFault({ endpoint: "revoke", kind: "html", status: 403, count: null });
  await openRowMenu(page, "billing");
  await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
  await page.getByRole("radio", { name: "Rotated" }).check();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(
    page.getByText(/Revoking.*What answers at the portal's address is not understood/),
  ).toBeVisible();
  await expect(page.getByText(/does not let you/)).toHaveCount(0);
  await expectAccessible(page);
  await desk.portal.clearFaults();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible({ timeout: 20_000 });
  expect((await desk.portal.user(crm.userName)).tokens).toEqual([]);
});
