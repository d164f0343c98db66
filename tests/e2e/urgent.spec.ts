import type { Locator, Page } from "@playwright/test";
import type { DeskProcess } from "../support/desk-process";
import { callDesk, expect, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { type MintedToken, mintFor, type Person } from "./support/people";

/* A desk of its own: a pause that a portal asked for holds back everybody. What has leaked is taken all the same. */
test.use({ deskOptions: { env: {} } });

const question = (page: Page) => page.getByRole("alertdialog", { name: /^Revoke / });

/**
 * The portal asks for a pause, over something that has nothing to do with what comes next; and for another whenever it is
 * asked again, until its faults are cleared: so nothing here hangs on how fast a machine is.
 */
async function pause(page: Page, desk: DeskProcess, { userName }: Person): Promise<void> {
  for (const endpoint of ["mint", "revoke"] as const)
    await desk.portal.addFault({
      endpoint,
      kind: "status",
      status: 429,
      retryAfter: "8",
      count: null,
      userName,
    });
  const { connections } = (await callDesk(page, "GET", "/api/session")).body as {
    connections: [{ id: string }];
  };
  const answer = await page.evaluate(
    async ([connectionId, key]) => {
      const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
      const body = JSON.stringify({ connectionId, label: "one too many" });
      return (await fetch("/api/tokens", { method: "POST", headers, body })).status;
    },
    [connections[0].id, crypto.randomUUID()] as const,
  );
  expect(answer).toBe(503);
}

/** That seconds count down somewhere, as they are seen: two different ones, the later the less. */
async function expectCounting(place: Locator): Promise<void> {
  // The first where it is read out: the other is for those who listen, and stands still.
  const count = place.getByText(/^in \d+ s$/).first();
  let before = 0;
  await expect(async () => {
    const seconds = Number(/\d+/.exec((await count.textContent({ timeout: 1_000 })) ?? ""));
    const last = before;
    before = seconds;
    expect(seconds).toBe(last - 1);
  }).toPass({ timeout: 20_000, intervals: [100] });
}

/** Listens to what is read out from now on, as a screen reader does: what changes in a live region, and is not hidden from it. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const hear = (mutations: MutationRecord[]) => {
      for (const { target } of mutations) {
        const element = target instanceof Element ? target : target.parentElement;
        const region = element?.closest("[role=status], [role=alert], [aria-live]:not([aria-live=off])");
        if (!region || element?.closest("[aria-hidden=true]")) continue;
        const copy = region.cloneNode(true) as Element;
        for (const hidden of copy.querySelectorAll("[aria-hidden=true]")) hidden.remove();
        said.push(copy.textContent ?? "");
      }
    };
    const all = { subtree: true, childList: true, characterData: true };
    new MutationObserver(hear).observe(document.body, all);
  });
  return () => page.evaluate(() => (window as unknown as { said: string[] }).said);
}

test("what is compromised needs nothing typed, and nothing moves beneath the pointer", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  const [token] = await mintFor(desk, crm, ["crown jewels"], { environment: "production" });
  await signIn(page, crm);
  await callDesk(page, "PATCH", `/api/tokens/${token?.id}`, { protected: true });
  await page.reload();
  await openRowMenu(page, "crown jewels");
  await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
  const dialog = question(page);
  const button = dialog.getByRole("button", { name: "Revoke token" });
  const field = dialog.getByLabel("Type crown jewels to go on");
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await expect(dialog.getByText("Yes, so that nobody revokes it by mistake")).toBeVisible();
  await dialog.getByRole("radio", { name: "Unused" }).check();
  await field.fill("crown");
  const chip = dialog.getByText("Compromised", { exact: true });
  const placeOf = async (one: Locator) => {
    const { x, y } = (await one.boundingBox()) ?? {};
    return { x, y };
  };
  const before = [await placeOf(button), await placeOf(chip)];
  await dialog.getByRole("radio", { name: "Compromised" }).check();
  await expect(field).toBeHidden();
  await expect(button).toBeEnabled();
  expect([await placeOf(button), await placeOf(chip)]).toEqual(before);
  await expectAccessible(page);
  // By keyboard the next stop after the note is Cancel: what is hidden takes no focus.
  await dialog.getByLabel("Note").focus();
  await page.keyboard.press("Tab");
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await dialog.getByRole("radio", { name: "Unused" }).check();
  await expect(field).toHaveValue("crown");
  await expect(button).toBeDisabled();
  await dialog.getByRole("radio", { name: "Compromised" }).check();
  await button.click();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toEqual([]);
});

test("many that are compromised are not typed either, and the summary says what is careful", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["a", "b", "c", "d"]);
  await mintFor(desk, crm, ["live"], { environment: "production" });
  await signIn(page, crm);
  await page.getByRole("checkbox", { name: "Select all 5 matching tokens" }).check();
  await page.getByRole("region", { name: "Selected tokens" }).getByRole("button", { name: "Revoke" }).click();
  const dialog = question(page);
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await dialog.getByRole("radio", { name: "Compromised" }).check();
  await expect(dialog.getByText("1 protected or in production")).toBeVisible();
  await dialog.getByRole("button", { name: "Revoke 5 tokens" }).click();
  const bulk = page.getByRole("dialog", { name: "Revocation of 5 tokens" });
  await expect(bulk.getByText("All 5 are revoked, and proven.")).toBeVisible({ timeout: 30_000 });
});

test("in a pause of the portal what has leaked is taken, and the wait is counted down to its end", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson();
  await mintFor(desk, crm, ["leaked"]);
  await signIn(page, crm);
  await pause(page, desk, crm);
  await openRowMenu(page, "leaked");
  await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
  await question(page).getByRole("radio", { name: "Compromised" }).check();
  await question(page).getByRole("button", { name: "Revoke token" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoking" });
  await expect(dialog.getByText(/Taken\. Calls to .*Simulator.* are on hold\./)).toBeVisible();
  const said = await listen(page);
  const next = dialog.getByText(/^The desk sends it/);
  await expectCounting(next);
  await expect(next).toContainText("before everything else");
  await expect(dialog.getByRole("button", { name: "It has leaked: put it first" })).toHaveCount(0);
  expect((await said()).filter((words) => /in \d+ s/.test(words))).toEqual([]);
  await expect(dialog.getByText(/until then the token still works\.$/)).toBeVisible();
  await desk.portal.clearFaults();
  const receipt = page.getByRole("dialog", { name: "Revoked" });
  await expect(receipt).toBeVisible({ timeout: 20_000 });
  // Around an open dialog all is hidden, except for what says so.
  await expect.poll(said).toContain("Revoked");
  await expect(receipt.getByText("not yet")).toHaveCount(0);
  expect((await desk.portal.user(crm.userName)).tokens).toEqual([]);
});

test("one that waits in a bulk of one's own is put first, from its row by keyboard", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson();
  const [leaked] = (await mintFor(desk, crm, ["leaked", "old"])) as [MintedToken, MintedToken];
  await signIn(page, crm);
  await pause(page, desk, crm);
  await page.getByRole("checkbox", { name: "Select all 2 matching tokens" }).check();
  await page.getByRole("region", { name: "Selected tokens" }).getByRole("button", { name: "Revoke" }).click();
  await question(page).getByRole("radio", { name: "Unused" }).check();
  const said = await listen(page);
  await question(page).getByRole("button", { name: "Revoke 2 tokens" }).click();
  const bulk = page.getByRole("dialog", { name: "Revocation of 2 tokens" });
  await expect(bulk.getByText("0 of 2. Calls to the portal are on hold.")).toBeVisible();
  await expectCounting(bulk.getByText(/^The desk goes on/));
  await expect(bulk.getByText(/left/)).toHaveCount(0);
  await expect.poll(said).toContain("Calls to the portal are on hold.");
  expect((await said()).filter((words) => /on hold/.test(words))).toHaveLength(1);
  expect((await said()).filter((words) => /\d of 2/.test(words))).toEqual([]);
  await expect(bulk.getByRole("listitem").first()).toContainText("Waiting");
  await expectAccessible(page);
  await bulk.getByRole("button", { name: "Close", exact: true }).last().click();

  await rowOf(page, "leaked").focus();
  await page.keyboard.press("Delete");
  const dialog = page.getByRole("dialog", { name: "Revoking" });
  const hurry = dialog.getByRole("button", { name: "It has leaked: put it first" });
  await expect(hurry).toBeVisible();
  await expectAccessible(page);
  const heard = (await said()).length;
  const asked = page.waitForRequest((request) => request.method() === "DELETE");
  await hurry.focus();
  await page.keyboard.press("Enter");
  const request = await asked;
  expect(new URL(request.url()).pathname).toBe(`/api/tokens/${leaked.id}`);
  expect(request.postDataJSON()).toEqual({ reason: "compromised" });
  await expect(hurry).toHaveCount(0);
  await expect(dialog.getByRole("button", { name: "Close", exact: true }).last()).toBeFocused();
  await expect(dialog.getByText(/before everything else/)).toBeVisible();
  await expect.poll(said).toContain("It goes before everything else now");
  // What was known stands until more is: from when it was hurried on nothing is asked for anew.
  const since = (await said()).slice(heard);
  expect(since.filter((words) => words.startsWith("Asking the desk"))).toEqual([]);
  await desk.portal.clearFaults();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible({ timeout: 30_000 });
  await expect
    .poll(async () => (await desk.portal.user(crm.userName)).tokens, { timeout: 20_000 })
    .toEqual([]);
});

test("what a pause refuses says when it can be asked for again, by a count that counts", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(503);
  const crm = await newPerson();
  await signIn(page, crm);
  await pause(page, desk, crm);
  await page.getByRole("button", { name: "Mint token" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("later");
  await dialog.getByRole("button", { name: "Mint token" }).click();
  const alert = dialog.getByRole("alert");
  await expect(alert).toContainText("Not minted. The portal asks us to slow down");
  const said = await listen(page);
  await expectCounting(alert);
  await expect(alert).toContainText("You can try again now", { timeout: 20_000 });
  // One word: that it can be tried again.
  expect(new Set((await said()).filter((words) => words.includes("try again"))).size).toBe(1);
  await desk.portal.clearFaults();
  await dialog.getByRole("button", { name: "Mint token" }).click();
  await expect(page.getByRole("dialog", { name: "It is there" })).toBeVisible();
});
