import { expect, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";

test("naming an unclaimed token in place claims it, for the next person too", async ({
  page,
  newPerson,
  otherBrowser,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await signIn(page, crm);
  await page.getByRole("button", { name: "Name it to claim it" }).click();
  const field = page.getByRole("textbox", { name: /^A name for aws80:/ });
  await expect(field).toBeFocused();
  await field.fill("crm-import");
  await page.keyboard.press("Enter");
  const row = rowOf(page, "crm-import");
  await expect(row.getByText("Active")).toBeVisible();
  await expect(row).toBeFocused();

  const other = await (await otherBrowser()).newPage();
  await signIn(other, crm);
  await expect(rowOf(other, "crm-import")).toBeVisible();
});

test("renaming in place: Esc leaves the name as it was, Enter keeps the new one", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["old name", "taken"]);
  await signIn(page, crm);
  await rowOf(page, "old name").hover();
  await page.getByRole("button", { name: "Rename old name" }).click();
  const field = page.getByRole("textbox", { name: "New name for old name" });
  await field.fill("not this");
  await page.keyboard.press("Escape");
  await expect(rowOf(page, "old name")).toBeVisible();

  await openRowMenu(page, "old name");
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await field.fill("taken");
  await expect(page.getByText("Another token has this name")).toBeVisible();
  await expectAccessible(page);
  await field.fill("new name");
  await page.keyboard.press("Enter");
  await expect(rowOf(page, "new name")).toBeVisible();
  await page.reload();
  await expect(rowOf(page, "new name")).toBeVisible();
});

test("everything that is noted about a token is changed in one form", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await openRowMenu(page, "billing");
  await page.getByRole("menuitem", { name: "Edit details…" }).click();
  const dialog = page.getByRole("dialog", { name: "Details of billing" });
  await dialog.getByRole("textbox", { name: "Purpose" }).fill("Sends invoices");
  await dialog.getByLabel("Environment").fill("staging");
  await dialog.getByLabel("Integration").fill("erp-7");
  await dialog.getByLabel("Tags").fill("eu, night");
  await dialog.getByLabel("Notes").fill("Ask Ann\nbefore you touch it");
  await dialog.getByRole("radio", { name: "30 days" }).check();
  await expect(
    dialog.getByText(/Reminder only, on \d+ \w+ \d{4}: this desk does not revoke it/),
  ).toBeVisible();
  await dialog.getByRole("checkbox", { name: /^Protected/ }).check();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();

  await rowOf(page, "billing").getByRole("link", { name: "billing" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "billing" })).toBeVisible();
  for (const text of ["Sends invoices", "staging", "erp-7", "eu", "night", "before you touch it"]) {
    await expect(page.getByText(text).first()).toBeVisible();
  }
  await expect(page.getByText("Reminder only: this desk does not revoke it.")).toBeVisible();
});

test("the page of a token is called as the token is", async ({ page, newPerson }) => {
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await signIn(page, crm);
  const [id] = await page
    .locator("[data-token]")
    .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-token")));
  await page.goto(`/tokens/${id}`);
  await expect(page).toHaveTitle(/^aws80:[0-9a-f]{4}…[0-9a-f]{4} · Tokendesk$/);
  await page.getByRole("button", { name: "Name it", exact: true }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("crm-import");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveTitle("crm-import · Tokendesk");
  await page.reload();
  await expect(page).toHaveTitle("crm-import · Tokendesk");
  await page.getByRole("link", { name: "Tokens", exact: true }).first().click();
  await expect(page).toHaveTitle("Tokens · Tokendesk");
});

test("text that people type is shown as text", async ({ page, desk, newPerson }) => {
  // A name is the one thing that an attacker can put on an admin's screen.
  const crm = await newPerson();
  const name = `<img src=x onerror=alert(1)> “=cmd|' /C calc'!A0” \u202Egnp`;
  await mintFor(desk, crm, [name], { purpose: "<script>alert(1)</script>", tags: ["</td>"] });
  await signIn(page, crm);
  await expect(page.getByRole("link", { name })).toBeVisible();
  await expect(page.getByText("<script>alert(1)</script>")).toBeVisible();
  await page.getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  expect(await page.locator("img[src=x]").count()).toBe(0);
});

test("a lost session while editing keeps the form", async ({ page, desk, newPerson, guard }) => {
  guard.allowStatus(401);
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await openRowMenu(page, "billing");
  await page.getByRole("menuitem", { name: "Edit details…" }).click();
  const dialog = page.getByRole("dialog", { name: "Details of billing" });
  await dialog.getByRole("textbox", { name: "Purpose" }).fill("typed before the session ended");
  // Signed out on the server, from elsewhere.
  await desk.portal.expireAuthTokens(crm.userName);
  const cookies = await page.context().cookies();
  const client = desk.visitor();
  for (const { name, value } of cookies) client.cookies.set(name, value);
  await client.post("/api/session/sign-out");

  await dialog.getByRole("button", { name: "Save" }).click();
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(ended).toBeVisible();
  await expectAccessible(page);
  await ended.getByLabel("Password", { exact: true }).fill(crm.password);
  await ended.getByRole("button", { name: "Sign in" }).click();
  await expect(ended).toBeHidden();
  await expect(dialog.getByRole("textbox", { name: "Purpose" })).toHaveValue(
    "typed before the session ended",
  );
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("typed before the session ended")).toBeVisible();
});

test("a name that is refused stays in the field, with the focus and the reason", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  // Whoever types on must not type into the row: there letters act.
  guard.allowStatus(400);
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await rowOf(page, "billing").focus();
  await page.keyboard.press("e");
  const field = page.getByRole("textbox", { name: "New name for billing" });
  await field.fill(crm.tokens[0] ?? "");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "There is a token in the text" })).toBeVisible();
  await expect(field).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(field).toHaveCount(0);
  await expect(rowOf(page, "billing")).toBeFocused();
});
