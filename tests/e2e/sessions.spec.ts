import type { Page } from "@playwright/test";
import { expect, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { apiAs, mintFor } from "./support/people";
import { ageSession, withoutAudit } from "./support/store";

/* Where one is signed in, and how that ends: by one's own hand, from elsewhere, by an admin's. */

const rows = (page: Page, heading: string) =>
  page.getByRole("region", { name: heading }).getByRole("listitem");

test("a session ended from another browser is out at once, keeps its form, and shows nothing after", async ({
  page,
  desk,
  newPerson,
  otherBrowser,
  guard,
}) => {
  // Whoever forgot a browser at a colleague's ends it from here, and what it shows there must go.
  // A document that is left while it comes makes the browser ask for /favicon.ico.
  guard.allowStatus(401, 404);
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await (await apiAs(desk, crm)).post("/api/sessions/end-others");
  const there = await (await otherBrowser()).newPage();
  await signIn(there, crm);
  await expect(rowOf(there, "billing")).toBeVisible();
  await there.getByRole("link", { name: "Connections", exact: true }).first().click();
  await expect(there.getByRole("heading", { level: 1, name: "Connections" })).toBeVisible();
  await there.goBack();
  await there.getByRole("button", { name: /^Mint/ }).first().click();
  const name = there.getByRole("dialog", { name: "Mint a token" }).getByRole("textbox", { name: "Name" });
  await name.fill("typed before");

  await signIn(page, crm, "/sessions");
  const mine = rows(page, "Yours");
  // With the one that made the tokens, and this browser's.
  await expect(mine).toHaveCount(3);
  await expect(mine.first()).toContainText("This browser");
  await expect(mine.first()).toContainText("Active now");
  const other = mine.filter({ hasText: /Chrome \d+ on Linux/ }).filter({ hasNotText: "This browser" });
  await expect(other).toContainText(/Signed in .*from 127\.0\.0\.1/);
  await expect(other).toContainText(/Ends when idle in \d+ min/);
  await expectAccessible(page);
  await other.getByRole("button", { name: /^End the session in Chrome/ }).click();
  const question = page.getByRole("alertdialog", {
    name: /^End the session in Chrome \d+ on Linux from 127/,
  });
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused();
  await expectAccessible(page);
  await question.getByRole("button", { name: "End session" }).click();
  await expect(question).toBeHidden();
  await expect(mine).toHaveCount(2);
  // The focus is with the row that is left, and not lost.
  await expect(page.getByRole("button", { name: /^End the session in No known browser/ })).toBeFocused();

  await there.getByRole("button", { name: "Mint token", exact: true }).click();
  const ended = there.getByRole("dialog", { name: "Your session has ended" });
  await ended.getByLabel("Password", { exact: true }).fill(crm.password);
  await ended.getByRole("button", { name: "Sign in" }).click();
  await expect(ended).toBeHidden();
  await expect(name).toHaveValue("typed before");
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(1);

  await page.getByRole("button", { name: "End my other sessions" }).click();
  await page.getByRole("button", { name: "End 2 sessions" }).click();
  await expect(mine).toHaveCount(1);
  await there.getByRole("button", { name: "Mint token", exact: true }).click();
  await there
    .getByRole("dialog", { name: "Your session has ended" })
    .getByRole("button", { name: "Leave" })
    .click();
  await expect(there).toHaveURL("/sign-in");
  await there.goBack().catch(() => null);
  await expect(there).toHaveURL(/\/sign-in|^about:blank$/);
  await expect(there.getByText("billing")).toHaveCount(0);
  await expect(there.getByText(crm.userName)).toHaveCount(0);
});

test("all others end together or not at all, and one's own stays", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson();
  const [second, third] = [await apiAs(desk, crm), await apiAs(desk, crm)];
  await signIn(page, crm, "/sessions");
  const endOthers = page.getByRole("button", { name: "End my other sessions" });
  await endOthers.click();
  const question = page.getByRole("alertdialog", { name: "End your 2 other sessions?" });
  await withoutAudit(desk, async () => {
    await question.getByRole("button", { name: "End 2 sessions" }).click();
    await expect(question.getByText("None of them has ended")).toBeVisible();
  });
  expect((await second.get("/api/session")).status).toBe(200);
  await expectAccessible(page);
  await question.getByRole("button", { name: "End 2 sessions" }).click();
  await expect(question).toBeHidden();
  await expect(rows(page, "Yours")).toHaveCount(1);
  await expect(page.getByRole("heading", { name: /^Yours/ })).toBeFocused();
  await expect(endOthers).toHaveAttribute("aria-disabled", "true");
  for (const client of [second, third]) expect((await client.get("/api/session")).status).toBe(401);
  await expectAccessible(page);

  await page.goto("/audit?action=session.end");
  await expect(page.getByRole("listitem").filter({ hasText: "ended a session" })).toHaveCount(2);
  await page.goto("/sessions");
  await page.getByRole("main").getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");
});

test("a desk admin sees everybody's, told apart from their own, and ends one", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(500);
  const ann = await newPerson({ name: "ann", firstName: "Ann", lastName: "Weber" });
  const ben = await newPerson({ name: "ben" });
  const admin = await newPerson({ name: "admin", roles: ["SUPER_USER"] });
  const [annsClient, bensClient] = [await apiAs(desk, ann), await apiAs(desk, ben)];
  await signIn(page, admin, "/sessions");
  await expect(rows(page, "Yours")).toHaveCount(1);
  await expect(rows(page, "Yours")).toContainText("This browser");
  const annsRow = rows(page, "Everybody else's").filter({ hasText: ann.userName });
  await expect(annsRow).toContainText("Ann Weber · Simulator · No known browser");
  await expectAccessible(page);
  await annsRow
    .getByRole("button", { name: `End the session of ${ann.userName} in No known browser` })
    .focus();
  await page.keyboard.press("Enter");
  const question = page.getByRole("alertdialog", { name: `End the session of ${ann.userName}?` });
  await expect(question).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(annsRow.getByRole("button")).toBeFocused();
  await page.keyboard.press("Enter");
  // It begins at the safe one: whoever presses a key too many has ended nothing.
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(question).toBeHidden();
  await expect(annsRow).toHaveCount(0);
  await expect(page.locator(":focus")).toHaveText(/End session|Everybody else's/);
  expect((await annsClient.get("/api/session")).status).toBe(401);
  expect((await bensClient.get("/api/session")).status).toBe(200);
  // In the trail of whom it was done to.
  const trail = await (await apiAs(desk, ann)).get("/api/audit?action=session.end");
  expect(trail.body).toMatchObject({ items: [{ actor: { userName: admin.userName, role: "admin" } }] });
});

test("a list that cannot be had says so, and keeps what it has", async ({ page, newPerson, guard }) => {
  guard.allowStatus(503);
  await page.clock.install();
  await signIn(page, await newPerson(), "/sessions");
  const problem = {
    type: "about:blank",
    title: "x",
    status: 503,
    code: "store_unavailable",
    instance: "req_x",
  };
  await page.route("/api/sessions", (route) =>
    route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) }),
  );
  const notice = page.getByText("The desk cannot reach its own store");
  await expect(async () => {
    await page.clock.fastForward("01:01");
    await expect(notice).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await expect(rows(page, "Yours")).toHaveCount(1);
  await expectAccessible(page);
  await page.unroute("/api/sessions");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(notice).toHaveCount(0);
});

test("what a tab asks by itself is told apart from what a person does", async ({
  page,
  desk,
  newPerson,
  wire,
}) => {
  // Otherwise a tab that somebody left open would keep their session alive for whoever comes by.
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await page.clock.install();
  await signIn(page, crm);
  await expect(rowOf(page, "billing")).toBeVisible();
  for (const path of ["/tokens", "/sessions"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const asked = () => wire.exchanges.filter((exchange) => exchange.path === `/api${path}`);
    const before = asked().length;
    await expect(async () => {
      await page.clock.fastForward("01:01");
      await expect.poll(() => asked().length, { timeout: 1_000 }).toBeGreaterThan(before);
    }).toPass({ timeout: 20_000 });
    for (const { requestHeaders } of asked().slice(before))
      expect(requestHeaders).toMatch(/^tokendesk-background: 1$/im);
  }
});

test("a session that grows old while the page arrives is drawn as the server drew it, then as it is", async ({
  page,
  desk,
  newPerson,
}) => {
  const ann = await newPerson({ name: "ann" });
  await apiAs(desk, ann);
  await signIn(page, await newPerson({ name: "admin", roles: ["SUPER_USER"] }));
  await page.route("**/_next/static/**/*.js*", async (route) => {
    await new Promise((wake) => setTimeout(wake, 4_000));
    await route.continue();
  });
  ageSession(desk, ann.userName, 1.95);
  await page.goto("/sessions");
  const row = rows(page, "Everybody else's").filter({ hasText: ann.userName });
  await expect(row.getByText("Active 2 min ago")).toBeVisible();
});
