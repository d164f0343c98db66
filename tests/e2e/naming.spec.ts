import { join } from "node:path";
import Database from "libsql";
import { expect, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { apiAs, mintFor } from "./support/people";

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
  const name = `<img src=x onerror=alert(1)> “=cmd|' /C calc'!A0”`;
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

test("a name that is too long, or hides something, says so and is kept as it was typed", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing", "crm-export"]);
  await signIn(page, crm);
  await openRowMenu(page, "billing");
  await page.getByRole("menuitem", { name: "Rename" }).click();
  const field = page.getByRole("textbox", { name: "New name for billing" });
  for (const [typed, words] of [
    ["x".repeat(131), "At most 120 characters: this has 131"],
    ["bil\u200bling", "An invisible character (U+200B) after “bil”: delete it"],
    ["\u202egnillib", "An invisible direction mark (U+202E) at the beginning: delete it"],
  ] as const) {
    await field.fill(typed);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert").filter({ hasText: words })).toBeVisible();
    await expect(field).toBeFocused();
    await expect(field).toHaveValue(typed);
  }
  await expectAccessible(page);
  await field.fill("сrm-export");
  await expect(page.getByText("Looks like “crm-export”, another token")).toBeVisible();
  await field.fill("  Caf\u0065\u0301   key ");
  await page.keyboard.press("Enter");
  await expect(rowOf(page, "Caf\u00e9 key")).toBeVisible();
});

test("what is noted says what is wrong with it, field by field, and nothing is cut off", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing", "CRM export"]);
  await signIn(page, crm);
  await openRowMenu(page, "billing");
  await page.getByRole("menuitem", { name: "Edit details…" }).click();
  const dialog = page.getByRole("dialog", { name: "Details of billing" });
  const tags = Array.from({ length: 23 }, (_, index) => `tag ${index}`).join(",");
  await dialog.getByLabel("Purpose").fill("x".repeat(201));
  await dialog.getByLabel("Environment").fill("prod\u2060");
  await dialog.getByLabel("Integration").fill("\u3164");
  await dialog.getByLabel("Tags").fill(tags);
  await dialog.getByLabel("Notes").fill(`one\ntwo\u{e0041}`);
  await dialog.getByRole("button", { name: "Save" }).click();
  for (const words of [
    "At most 200 characters: this has 201",
    "An invisible character (U+2060) after “prod”: delete it",
    "An invisible character (U+3164) at the beginning: delete it",
    "At most 20 tags: these are 23",
    "An invisible character (U+E0041) after “two”: delete it",
  ])
    await expect(dialog.getByText(words)).toBeVisible();
  await expect(dialog.getByLabel("Purpose")).toHaveValue("x".repeat(201));
  await expectAccessible(page);
  await dialog.getByRole("textbox", { name: "Name" }).fill("ＣＲＭ　ｅｘｐｏｒｔ");
  await expect(dialog.getByText("There is a token called “CRM export” already.")).toBeVisible();
  await dialog.getByRole("textbox", { name: "Name" }).fill("СRМ export");
  await expect(dialog.getByText("It looks like “CRM export”, which is another token")).toBeVisible();
});

test("outside of the forms too, what is typed says what is wrong with it before it is sent", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["one", "two"]);
  await signIn(page, crm);
  for (const name of ["one", "two"]) await rowOf(page, name).getByRole("checkbox").check();
  const bar = page.getByRole("region", { name: "Selected tokens" });
  await bar.getByRole("button", { name: "Edit details" }).click();
  const labels = page.getByRole("dialog", { name: "Details of 2 tokens" });
  await labels.getByLabel("Environment").fill("e".repeat(41));
  await labels.getByLabel("Purpose").fill("night\u202ely");
  await labels.getByLabel("Add tags").fill("\u2800, eu,");
  await labels.getByLabel("Add tags").press("Enter");
  for (const words of [
    "At most 40 characters: this has 41",
    "An invisible direction mark (U+202E) after “night”: delete it",
    "An invisible character (U+2800) at the beginning: delete it",
  ])
    await expect(labels.getByText(words)).toBeVisible();
  await expect(labels.getByRole("button", { name: "Save for all 2" })).toBeDisabled();
  await expectAccessible(page);
  await labels.getByRole("button", { name: "Cancel" }).click();

  await bar.getByRole("button", { name: "Revoke" }).click();
  const question = page.getByRole("alertdialog", { name: "Revoke these 2 tokens?" });
  await question.getByRole("radio", { name: "Rotated" }).check();
  await question.getByLabel("Note").fill("n".repeat(501));
  await expect(question.getByText("At most 500 characters: this has 501")).toBeVisible();
  await expect(question.getByRole("button", { name: "Revoke 2 tokens" })).toBeDisabled();
  await page.goto("/audit");
  await page.getByLabel("Who").fill("w".repeat(255));
  await expect(page.getByText("At most 254 characters: this has 255")).toBeVisible();
  await expect(page.getByLabel("Who")).toHaveValue("w".repeat(255));
});

test("a record from before such text was refused can still be changed", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  const [token] = await mintFor(desk, crm, ["billing"]);
  const store = new Database(join(desk.dataDir, "tokendesk.db"), { timeout: 5_000 });
  const old = ["bil\u200bling", "\u202eold", '["a\\u200eb"]', token?.id];
  store.prepare("update tokens set label = ?, notes = ?, tags = ? where id = ?").run(...old);
  store.close();
  // A write of the desk's own has it read its records again.
  await (await apiAs(desk, crm)).patch(`/api/tokens/${token?.id}`, { protected: true });
  await signIn(page, crm);
  await openRowMenu(page, "bil\u200bling");
  await page.getByRole("menuitem", { name: "Edit details…" }).click();
  const dialog = page.getByRole("dialog", { name: /^Details of/ });
  await dialog.getByLabel("Purpose").fill("Sends invoices");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  const { body } = await (await apiAs(desk, crm)).get(`/api/tokens/${token?.id}`);
  expect(body).toMatchObject({ label: "bil\u200bling", purpose: "Sends invoices", notes: "\u202eold" });
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
