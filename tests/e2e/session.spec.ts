import { expect, rowOf, signInByForm, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";
import { ageSession, withoutAudit } from "./support/store";

test("after signing out neither Back, nor another tab, nor the old cookie shows anything", async ({
  page,
  desk,
  newPerson,
  wire,
  guard,
}) => {
  // What was kept for Back asks the desk whether it may still be shown.
  guard.allowStatus(401);
  // The next person at a shared computer.
  const crm = await newPerson({ firstName: "Ann", lastName: "Weber" });
  await mintFor(desk, crm, ["billing"]);
  await signInByForm(page, crm);
  await expect(rowOf(page, "billing")).toBeVisible();
  const other = await page.context().newPage();
  await other.goto("/audit");
  await expect(other.getByRole("heading", { name: "Audit trail" })).toBeVisible();
  // The browser slows down what lies behind another tab.
  await page.bringToFront();
  await page.getByRole("link", { name: "Connections", exact: true }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Connections" })).toBeVisible();
  const kept = await page.context().cookies();

  await page.getByRole("button", { name: "You: Ann Weber" }).click();
  await expectAccessible(page);
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");
  await expect(other).toHaveURL("/sign-in");
  for (const tab of [page, other]) {
    await tab.goBack().catch(() => null);
    await expect(tab).toHaveURL(/\/sign-in|^about:blank$/);
    await expect(tab.getByText("billing")).toHaveCount(0);
  }
  const answer = wire.exchanges.find(({ path }) => path === "/api/session/sign-out");
  expect(answer?.status).toBe(204);
  expect(answer?.headers).toMatch(/clear-site-data: "storage"/i);
  expect((await page.context().cookies()).map(({ name }) => name)).not.toContainEqual(
    expect.stringMatching(/^tokendesk\.session/),
  );
  const client = desk.visitor();
  for (const { name, value } of kept) client.cookies.set(name, value);
  expect((await client.get("/api/tokens")).status).toBe(401);
});

test("signing out that the desk cannot do is told as what it is", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  // Whoever reads "signed out" walks away from the computer.
  guard.allowStatus(503);
  await signInByForm(page, await newPerson({ firstName: "Ann", lastName: "Weber" }));
  await withoutAudit(desk, async () => {
    await page.getByRole("button", { name: "You: Ann Weber" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page.getByRole("alert").getByText("You are still signed in")).toBeVisible();
    await expectAccessible(page);
  });
  await expect(page).toHaveURL("/tokens");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Tokens" })).toBeVisible();
});

test("when the desk was left alone for too long, one signs in again and is where one was", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(401);
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing", "other"]);
  await signInByForm(page, crm);
  await page.getByRole("searchbox").fill("billing");
  await expect(page.getByText("1 of 2")).toBeVisible();
  ageSession(desk, crm.userName);
  await page.getByRole("button", { name: "Refresh the list" }).click();
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(ended.getByText("The page and what you typed stay as they are.")).toBeVisible();
  await ended.getByLabel("Password", { exact: true }).fill("not it");
  await page.keyboard.press("Enter");
  await expect(ended.getByText("The portal did not accept this password.")).toBeVisible();
  await ended.getByLabel("Password", { exact: true }).fill(crm.password);
  await page.keyboard.press("Enter");
  await expect(ended).toBeHidden();
  await expect(page.getByRole("searchbox")).toHaveValue("billing");
  await expect(rowOf(page, "billing")).toBeVisible();

  // A whole new document asks on its own page, and leads back.
  ageSession(desk, crm.userName);
  await page.reload();
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(page.getByText("Your session has ended. Sign in to go on where you were.")).toBeVisible();
});

test("a form that was being filled in is still there after signing in again", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(401);
  const crm = await newPerson();
  await signInByForm(page, crm);
  await page.getByRole("button", { name: "Mint the first token" }).click();
  const name = page.getByRole("dialog", { name: "Mint a token" }).getByRole("textbox", { name: "Name" });
  await name.fill("typed before");
  ageSession(desk, crm.userName);
  await page.keyboard.press("Enter");
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(ended).toBeVisible();
  // Esc would lose what was typed: only the button leaves.
  await page.keyboard.press("Escape");
  await ended.getByLabel("Password", { exact: true }).fill(crm.password);
  await ended.getByRole("button", { name: "Sign in" }).click();
  await expect(ended).toBeHidden();
  await expect(name).toHaveValue("typed before");
  await page.getByRole("button", { name: "Mint token", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "It is there" })).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(1);
});

test("when somebody else signs in in another tab, nothing of the first one stays", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(401, 404);
  const [first, second] = [await newPerson(), await newPerson()];
  await mintFor(desk, first, ["of the first"]);
  await mintFor(desk, second, ["of the second"]);
  await signInByForm(page, first);
  await expect(rowOf(page, "of the first")).toBeVisible();
  ageSession(desk, first.userName);
  const other = await page.context().newPage();
  await signInByForm(other, second);
  await page.bringToFront();
  await expect(rowOf(page, "of the second")).toBeVisible();
  await expect(page.getByText("of the first")).toHaveCount(0);
});
