import type { Page } from "@playwright/test";
import { clipboardOf, expect, openRowMenu, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { keptBy } from "./support/kept";
import { mintFor } from "./support/people";
import { Secrets } from "./support/secrets";
import { ageProof } from "./support/store";

const copied = "Copied. It stays in this computer's clipboard";
const clipboard = (page: Page) => clipboardOf(page.context());
const copyButton = (page: Page, name: string) =>
  page.getByRole("button", { name: `Copy ${name}`, exact: true });

test.describe("where the browser lets us use the clipboard", () => {
  test.use({ permissions: ["clipboard-write"] });

  test("the value is in the clipboard, and nowhere else in the page", async ({ page, desk, newPerson }) => {
    // A script that comes into the page later must find nothing that was copied earlier.
    const crm = await newPerson();
    await mintFor(desk, crm, ["billing"]);
    const secrets = new Secrets();
    await secrets.note(desk);
    await signIn(page, crm);
    await copyButton(page, "billing").click();
    await expect(page.getByText(copied)).toBeVisible();
    await expect(page.getByRole("status").filter({ hasText: "Copied billing" })).toBeAttached();
    const { tokens } = await desk.portal.user(crm.userName);
    expect(await clipboard(page)).toBe(tokens[0]);
    expect(secrets.find(await keptBy(page))).toEqual([]);
    await expectAccessible(page);
  });

  test("copies as header, as .env line and as curl command", async ({ page, desk, newPerson }) => {
    const crm = await newPerson();
    await mintFor(desk, crm, ["billing"]);
    const token = (await desk.portal.user(crm.userName)).tokens[0] ?? "";
    await signIn(page, crm);
    for (const [item, text] of [
      ["Copy as X-Auth-Token header", `X-Auth-Token: ${token}`],
      ["Copy as .env line", `RINGCX_API_TOKEN=${token}`],
      ["Copy as curl command", `curl -H 'X-Auth-Token: ${token}' ${desk.simulator.baseUrl}/v1/admin/users`],
    ] as const) {
      await openRowMenu(page, "billing");
      await page.getByRole("menuitem", { name: item }).click();
      await expect.poll(() => clipboard(page)).toBe(text);
    }
  });

  test("two presses are one copy", async ({ page, desk, newPerson, wire }) => {
    // Each is an entry in the trail, which somebody will have to explain.
    const crm = await newPerson();
    await mintFor(desk, crm, ["billing"]);
    await signIn(page, crm);
    await page.route("**/copy", async (route) => {
      await expect(copyButton(page, "billing")).toHaveAttribute("aria-busy", "true");
      await copyButton(page, "billing").click();
      await page.keyboard.press("c");
      await route.continue();
    });
    await copyButton(page, "billing").click();
    await expect(page.getByText(copied)).toBeVisible();
    expect(wire.exchanges.filter(({ path }) => path.endsWith("/copy"))).toHaveLength(1);
  });

  test("when the proof is too old, the password is asked for first", async ({
    page,
    desk,
    newPerson,
    guard,
  }) => {
    // A desk left open for a while must not hand tokens to whoever sits down at it.
    guard.allowStatus(403);
    const crm = await newPerson();
    await mintFor(desk, crm, ["billing"]);
    const token = (await desk.portal.user(crm.userName)).tokens[0] ?? "";
    await signIn(page, crm);
    ageProof(desk, crm.userName);
    await page.evaluate(() => navigator.clipboard.writeText("before"));
    await copyButton(page, "billing").click();
    const proof = page.getByRole("dialog", { name: "Confirm that it is you" });
    await expect(proof.getByLabel("Password", { exact: true })).toBeFocused();
    await expectAccessible(page);

    await page.keyboard.press("Escape");
    await expect(proof).toBeHidden();
    expect(await clipboard(page)).toBe("before");
    await expect(page.getByText(copied)).toHaveCount(0);

    await copyButton(page, "billing").click();
    await proof.getByLabel("Password", { exact: true }).fill("not it");
    await page.keyboard.press("Enter");
    await expect(proof.getByText("The portal did not accept this password.")).toBeVisible();
    expect(await clipboard(page)).toBe("before");
    await proof.getByLabel("Password", { exact: true }).fill(crm.password);
    await page.keyboard.press("Enter");
    await expect(page.getByText(copied)).toBeVisible();
    expect(await clipboard(page)).toBe(token);
    // Proved now, so the next one goes without a question.
    await copyButton(page, "billing").click();
    await expect(page.getByText(copied).first()).toBeVisible();
    await expect(proof).toHaveCount(0);
  });

  test("a failure is called one, and leaves the clipboard as it was", async ({
    page,
    desk,
    newPerson,
    guard,
  }) => {
    // Somebody who believes a wrong "Copied" pastes what they copied before: perhaps another secret, in public.
    guard.allowStatus(503);
    const crm = await newPerson();
    await mintFor(desk, crm, ["billing"]);
    await signIn(page, crm);
    await page.evaluate(() => navigator.clipboard.writeText("before"));
    await page.route("**/copy", (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        json: {
          type: "about:blank",
          title: "",
          status: 503,
          code: "audit_unavailable",
          instance: "req_test",
        },
      }),
    );
    await copyButton(page, "billing").click();
    await expect(page.getByRole("region", { name: "Notifications" })).toContainText(
      "Not copied. This could not be written into the audit trail",
    );
    await expect(page.getByText(copied)).toHaveCount(0);
    expect(await clipboard(page)).toBe("before");
  });

  test("after a minute it offers to clear the clipboard, and does", async ({ page, desk, newPerson }) => {
    const crm = await newPerson();
    await mintFor(desk, crm, ["billing"]);
    await page.clock.install();
    await signIn(page, crm);
    await copyButton(page, "billing").click();
    await expect(page.getByText(copied)).toBeVisible();
    await page.clock.runFor(61_000);
    await expect(page.getByText("A token was copied a minute ago")).toBeVisible();
    await page.getByRole("button", { name: "Clear clipboard" }).click();
    await expect.poll(() => clipboard(page)).toBe("");
  });
});

test("where the browser refuses the clipboard, the value stands in a field for half a minute", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  const token = (await desk.portal.user(crm.userName)).tokens[0] ?? "";
  const secrets = new Secrets();
  secrets.add("the token", token);
  await page.addInitScript(() => {
    const refuse = () => Promise.reject(new DOMException("not allowed", "NotAllowedError"));
    Object.defineProperty(navigator, "clipboard", { value: { write: refuse, writeText: refuse } });
  });
  await page.clock.install();
  await signIn(page, crm);
  await copyButton(page, "billing").click();
  const dialog = page.getByRole("dialog", { name: "Copy it by hand" });
  const field = dialog.getByRole("textbox", { name: "Token" });
  await expect(field).toHaveValue(token);
  await expect(field).toHaveAttribute("readonly", "");
  await expect(field).toBeFocused();
  await expect(page.getByText(copied)).toHaveCount(0);
  await expectAccessible(page);
  await page.clock.runFor(31_000);
  await expect(dialog).toHaveCount(0);
  expect(secrets.find(await keptBy(page))).toEqual([]);
});
