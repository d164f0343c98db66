import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";

async function downloaded(page: Page, name: string): Promise<string> {
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name, exact: true }).click();
  return readFileSync(await (await downloading).path(), "utf8");
}

test("the trail says who did what to which token, and filters", async ({ page, desk, newPerson }) => {
  const crm = await newPerson({ name: "crm" });
  await mintFor(desk, crm, ["billing", "crm-import"]);
  await signIn(page, crm, "/audit");
  const entries = page.getByRole("region", { name: "Entries, newest first" }).getByRole("listitem");
  await expect(entries.filter({ hasText: "signed in" }).first()).toContainText(crm.userName);
  await expect(entries.filter({ hasText: "billing" })).toHaveCount(1);

  await page.getByLabel("What").selectOption("Token minted");
  await expect(entries).toHaveCount(2);
  await expect(page).toHaveURL(/action=token\.mint/);
  await page
    .getByRole("button", { name: /^Details of entry/ })
    .first()
    .click();
  await expect(page.getByText("Asked for")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "crm-import" }).click();
  await expect(entries).toHaveCount(1);
  await page.reload();
  await expect(entries).toHaveCount(1);
  await page.getByLabel("Who").fill("nobody");
  await expect(page.getByText("No entry matches")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await expect(entries.filter({ hasText: "signed in" }).first()).toBeVisible();
});

test("a filter that is none is left out, said so, and cleared", async ({ page, newPerson }) => {
  const crm = await newPerson({ name: "crm" });
  await signIn(page, crm, "/audit");
  const entries = page.getByRole("region", { name: "Entries, newest first" }).getByRole("listitem");
  await page.goto("/audit?from=nonsense&action=bogus&to=2026-02-30T00:00:00Z");
  await expect(entries.filter({ hasText: "signed in" }).first()).toBeVisible();
  const notice = page.getByRole("alert").filter({ hasText: "Filters of this address are left out" });
  await expect(notice).toContainText("“What” is nothing that the trail knows; “From” is no date");
  await expectAccessible(page);
  await page.getByLabel("What").selectOption("Sign-in");
  await expect(notice).not.toContainText("“What”");
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await expect(page).toHaveURL("/audit");
  await expect(page.getByText("left out")).toHaveCount(0);
});

test("it is exported as CSV and as JSONL, and the chain is checked", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  // A spreadsheet must not run what somebody called a token.
  await mintFor(desk, crm, ["=1+1", "plain"]);
  await signIn(page, crm, "/audit?action=token.mint");
  const csv = await downloaded(page, "CSV");
  expect(csv.trim().split("\n").length).toBe(5);
  expect(csv).toContain("plain");
  expect(csv).not.toMatch(/(^|,|")=1\+1/m);
  const jsonl = await downloaded(page, "JSONL");
  const lines = jsonl
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { action: string });
  expect(new Set(lines.map(({ action }) => action))).toEqual(new Set(["token.mint"]));
  await expect(page.getByText("Whole.")).toBeVisible();
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(page.getByRole("region", { name: "State of the trail" })).toContainText(
    /checkpoints? written apart/,
  );
  await expectAccessible(page);
});

test("of a trail that takes long to read it tells what was known, and what comes of it by itself", async ({
  page,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  await signIn(page, await newPerson(), "/audit");
  const state = page.getByRole("region", { name: "State of the trail" });
  await expect(state).toContainText("Whole.");
  // A desk that has just started, then what its last verification came to, then the new one.
  const problem = { type: "about:blank", title: "", status: 503, code: "audit_verifying", instance: "req_1" };
  const checkpoints = { agreeing: 0, replaced: 0, missing: 0, uncounted: false, failing: false };
  const known = { ok: true, headHash: "0".repeat(64), checkpoints, unfinished: [], checkedAt: new Date() };
  const answers = [
    { status: 503, json: problem },
    { json: { ...known, entries: 4_711, verifying: true } },
    { json: { ...known, entries: 4_712 } },
  ];
  await page.route("/api/audit/verify", (route) => route.fulfill(answers.shift()));
  const again = state.getByRole("button", { name: "Check again" });
  await again.click();
  await expect(state).toContainText("4,711 entries");
  await expect(again).toHaveAttribute("aria-busy", "true");
  await expect(state).toContainText("4,712 entries");
  await expect(again).not.toHaveAttribute("aria-busy", "true");
});

test("a day is typed, and clearing gives the focus to the first filter", async ({ page, newPerson }) => {
  await signIn(page, await newPerson(), "/audit");
  await page.getByLabel("From").focus();
  await page.keyboard.type("11202020");
  await expect(page.getByLabel("From")).toHaveValue("2020-11-20");
  await expect(page).toHaveURL(/from=2020-11-/);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await expect(page.getByLabel("From")).toHaveValue("");
  await expect(page.getByLabel("Who")).toBeFocused();
});
