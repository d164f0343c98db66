import type { Page } from "@playwright/test";
import { callDesk, expect, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { apiAs, leadRoles, mintFor } from "./support/people";

// By its name: what a toast says that has gone wrong is one too.
const question = (page: Page) => page.getByRole("alertdialog", { name: /^Revoke / });

async function askToRevoke(page: Page, name: string): Promise<void> {
  await openRowMenu(page, name);
  await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
  await expect(question(page)).toBeVisible();
}

test("revokes with a reason, and shows the receipt", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing", "next"], { purpose: "Invoices" });
  await signIn(page, crm);
  await askToRevoke(page, "billing");
  await expect(question(page).getByRole("heading")).toHaveText("Revoke “billing”?");
  await expect(question(page).getByRole("button", { name: "Cancel" })).toBeFocused();
  for (const text of ["Invoices", crm.userName, "Anything using it gets 401 as soon as it is revoked."])
    await expect(question(page).getByText(text).first()).toBeVisible();
  await expect(question(page).getByRole("button", { name: "Revoke token" })).toBeDisabled();
  await expectAccessible(page);
  await page.getByRole("radio", { name: "Rotated" }).check();
  await page.getByLabel("Note").fill("replaced by next");
  await page.getByRole("button", { name: "Revoke token" }).click();

  const receipt = page.getByRole("dialog", { name: "Revoked" });
  for (const proof of ["The portal said so", "Gone from the list", "The token answers 401"])
    await expect(receipt.getByRole("listitem").filter({ hasText: proof })).toBeVisible();
  await expect(receipt.getByText("not yet")).toHaveCount(0);
  await expectAccessible(page);
  await receipt.getByRole("button", { name: "Done" }).click();
  await expect(rowOf(page, "billing")).toHaveCount(0);
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(1);

  await page.getByRole("button", { name: "Revoked in 30 days" }).click();
  await rowOf(page, "billing").getByRole("link", { name: "billing" }).click();
  await expect(page.getByRole("heading", { name: "Revoked" })).toBeVisible();
  await expect(page.getByText("Rotated: replaced by next")).toBeVisible();
  await expectAccessible(page);
});

test("what is revoked is asked for where somebody looks at it, and nowhere else", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  const [old] = await mintFor(desk, crm, ["of old", "of today"]);
  await signIn(page, crm);
  await callDesk(page, "DELETE", `/api/tokens/${old?.id}`, { reason: "unused" });
  const asked = new Set<string>();
  page.on("request", (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname === "/api/tokens") asked.add(search);
  });
  await page.reload();
  await page.getByRole("button", { name: "Refresh the list" }).click();
  await expect.poll(() => [...asked]).toEqual([""]);
  const card = page.getByRole("button", { name: /^Revoked in 30 days/ });
  await expect(card).toContainText("1");
  await expect(rowOf(page, "of old")).toHaveCount(0);
  await card.click();
  await expect(rowOf(page, "of old")).toBeVisible();
  await expect(rowOf(page, "of today")).toHaveCount(0);
  expect([...asked]).toEqual(["", "?status=revoked"]);
  await expect(card).toContainText("1");
});

test("a protected token asks for its name", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  const [token] = await mintFor(desk, crm, ["crown jewels", "in production"]);
  await mintFor(desk, crm, ["of production"], { environment: "production" });
  await signIn(page, crm);
  await callDesk(page, "PATCH", `/api/tokens/${token?.id}`, { protected: true });
  await page.reload();
  for (const name of ["crown jewels", "of production"]) {
    await askToRevoke(page, name);
    await page.getByRole("radio", { name: "Unused" }).check();
    const button = page.getByRole("button", { name: "Revoke token" });
    await expect(button).toBeDisabled();
    await page.getByLabel(`Type ${name} to go on`).fill("something else");
    await expect(button).toBeDisabled();
    await page.getByLabel(`Type ${name} to go on`).fill(name);
    await button.click();
    await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
    await page.getByRole("button", { name: "Done" }).click();
  }
});

test("the portal's no is shown as the portal's", async ({ page, desk, newPerson, guard }) => {
  guard.allowStatus(403);
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await desk.portal.addFault({ endpoint: "revoke", kind: "status", status: 403, userName: crm.userName });
  await askToRevoke(page, "billing");
  await page.getByRole("radio", { name: "Unused" }).check();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByText("The portal does not let you do this")).toBeVisible();
  await page.getByRole("button", { name: /Cancel|Done/ }).click();
  await expect(rowOf(page, "billing").getByText("Active")).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(1);
});

test("until the portal shows that it is gone it is being revoked, and then it is revoked", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["slow"]);
  await signIn(page, crm);
  // The portal accepts it, and goes on listing the token for a while.
  await desk.portal.addFault({ endpoint: "revoke", kind: "false", count: null, userName: crm.userName });
  await askToRevoke(page, "slow");
  await page.getByRole("radio", { name: "Compromised" }).check();
  await page.getByRole("button", { name: "Revoke token" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoking" });
  await expect(
    dialog.getByText("The desk goes on by itself until the portal shows that it is gone"),
  ).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(rowOf(page, "slow").getByText("Revoking")).toBeVisible();
  await desk.portal.clearFaults();
  await openRowMenu(page, "slow");
  await page.getByRole("menuitem", { name: "How far the revocation is" }).click();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible({ timeout: 30_000 });
});

test("what is on its way out is not asked to be named", async ({ page, desk, newPerson }) => {
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await signIn(page, crm);
  await expect(page.getByRole("button", { name: "Name it to claim it" })).toBeVisible();
  await desk.portal.addFault({ endpoint: "revoke", kind: "false", count: null, userName: crm.userName });
  await page.getByRole("button", { name: /^Actions for aws80:/ }).click();
  await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
  await page.getByRole("radio", { name: "Unused" }).check();
  await page.getByRole("button", { name: "Revoke token" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoking" });
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(page.getByRole("grid").getByText("No name yet")).toBeVisible();
  await expect(page.getByRole("button", { name: "Name it to claim it" })).toHaveCount(0);
});

test("a compromised token is revoked by its value, also where nobody listed it", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(400, 403, 404, 422);
  const crm = await newPerson({ tokens: { prefixed: 2 } });
  const stranger = await newPerson({ tokens: { prefixed: 1 } });
  await signIn(page, crm);
  await page.getByRole("button", { name: "Compromised token?" }).click();
  const dialog = page.getByRole("dialog", { name: "Compromised token?" });
  const field = dialog.getByLabel("Token", { exact: true });
  await expect(field).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("Paste the token")).toBeVisible();
  await field.fill(stranger.tokens[0] ?? "");
  await dialog.getByRole("button", { name: "Revoke token" }).click();
  await expect(dialog.getByText("Not revoked. The portal does not let you do this")).toBeVisible();
  expect((await desk.portal.user(stranger.userName)).tokens).toHaveLength(1);
  await field.fill((crm.tokens[0] ?? "").replace(/[0-9a-f]{12}$/, "000000000000"));
  await dialog.getByRole("button", { name: "Revoke token" }).click();
  await expect(dialog.getByText("Not revoked. The portal does not know this token")).toBeVisible();
  await field.fill(crm.tokens[0] ?? "");
  await dialog.getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  expect((await desk.portal.user(crm.userName)).tokens).toEqual(crm.tokens.slice(1));
});

test("a lead revokes a sealed token from the list, and pastes one that is not", async ({
  page,
  desk,
  newPerson,
}) => {
  const lead = await newPerson({ name: "lead", roles: leadRoles });
  const ann = await newPerson({ name: "ann", parent: lead, tokens: { prefixed: 1 } });
  await mintFor(desk, ann, ["sealed"]);
  // The desk knows a token from when its owner's list was first asked for.
  await (await apiAs(desk, ann)).get("/api/tokens");
  await signIn(page, lead);
  await askToRevoke(page, "sealed");
  await page.getByRole("radio", { name: "Offboarding" }).check();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();

  await page.getByRole("button", { name: /^Actions for aws80:/ }).click();
  await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
  await page.getByRole("radio", { name: "Offboarding" }).check();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(question(page).getByText("Paste the token")).toBeVisible();
  await expectAccessible(page);
  await question(page)
    .getByLabel("The token itself")
    .fill(ann.tokens[0] ?? "");
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
  expect((await desk.portal.user(ann.userName)).tokens).toEqual([]);
});

test("one that a lead is revoking its owner revokes too, and does not wait for the lead", async ({
  page,
  desk,
  newPerson,
}) => {
  const lead = await newPerson({ name: "lead", roles: leadRoles });
  const ann = await newPerson({ name: "ann", parent: lead });
  await mintFor(desk, ann, ["shared"]);
  const asLead = await apiAs(desk, lead);
  const { items } = (await asLead.get("/api/tokens")).body as { items: { id: string; label: string }[] };
  const id = items.find(({ label }) => label === "shared")?.id ?? "";
  // What the lead asks for does not come to its end.
  await desk.portal.addFault({ endpoint: "revoke", kind: "false", count: null, userName: lead.userName });
  expect(
    (await asLead.send(`/api/tokens/${id}`, { method: "DELETE", json: { reason: "unused" } })).status,
  ).toBe(202);

  await signIn(page, ann, `/tokens/${id}`);
  await expect(page.getByText("Somebody else is revoking it")).toBeVisible();
  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  await expect(question(page).getByText("For somebody else")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("radio", { name: "Compromised" }).check();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
  expect((await desk.portal.user(ann.userName)).tokens).toEqual([]);
});
