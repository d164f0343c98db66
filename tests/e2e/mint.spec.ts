import type { Page } from "@playwright/test";
import { expect, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";

const nameField = (page: Page) => page.getByRole("dialog").getByRole("textbox", { name: "Name" });
const mintButton = (page: Page) => page.getByRole("button", { name: /^Mint( token)?$/ }).first();

test("mints one token: it is there, masked, with the ways on", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await signIn(page, crm);
  await page.getByRole("button", { name: "Mint the first token" }).click();
  await expect(nameField(page)).toBeFocused();
  await expectAccessible(page);
  await nameField(page).fill("billing-export");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "It is there" });
  await expect(dialog.getByText("You can copy it again at any time")).toBeVisible();
  await expect(dialog.getByText(/^\S*[0-9a-f]{4}…[0-9a-f]{4}$/)).toBeVisible();
  for (const name of ["Copy billing-export", "Copy billing-export as…", "Check now"]) {
    await expect(dialog.getByRole("button", { name, exact: true })).toBeVisible();
  }
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Check now" }).click();
  await expect(dialog.getByText(/^(Live|Limited)$/)).toBeVisible();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(rowOf(page, "billing-export")).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(1);
});

test("mints three at once, with numbers", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await signIn(page, crm);
  await page.getByRole("button", { name: "Mint the first token" }).click();
  await nameField(page).fill("worker");
  await page.getByRole("button", { name: /^More/ }).click();
  await page.getByLabel("How many").fill("99");
  await page.keyboard.press("Enter");
  await expect(page.getByText("At most 20", { exact: true })).toBeVisible();
  await page.getByLabel("How many").fill("3");
  await expect(page.getByRole("dialog").getByText("worker 1 to worker 3")).toBeVisible();
  await page.getByRole("radio", { name: "7 days", exact: true }).check();
  await expect(page.getByText(/Reminder only, on \d+ \w+ \d{4}/).first()).toBeVisible();
  await page.getByRole("dialog").getByLabel("Environment").fill("staging");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Mint 3 tokens" }).click();
  await expect(page.getByRole("dialog", { name: "3 tokens are there" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  for (const name of ["worker 1", "worker 2", "worker 3"]) await expect(rowOf(page, name)).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(3);
});

test("a name that is too long for itself or its numbers says so and is kept; one that looks like another warns", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["Café export", "billing"]);
  await signIn(page, crm);
  await mintButton(page).click();
  const dialog = page.getByRole("dialog");
  const long = "billing ".repeat(17).trim();
  await nameField(page).fill(long);
  await dialog.getByRole("button", { name: "Mint token", exact: true }).click();
  await expect(dialog.getByText("At most 120 characters: this has 135")).toBeVisible();
  await expect(nameField(page)).toHaveValue(long);
  await nameField(page).fill("x".repeat(118));
  await dialog.getByRole("button", { name: /^More/ }).click();
  await dialog.getByLabel("How many").fill("12");
  await dialog.getByRole("button", { name: "Mint 12 tokens" }).click();
  await expect(
    dialog.getByText("At most 117 characters, so that the numbers fit: this has 118"),
  ).toBeVisible();
  await dialog.getByLabel("How many").fill("1");
  await expect(dialog.getByText(/so that the numbers fit/)).toBeHidden();
  for (const same of ["CAFE EXPORT", "Cafe\u0301  export", "ｃａｆé export"]) {
    await nameField(page).fill(same);
    await expect(dialog.getByText("There is a token called “Café export” already.")).toBeVisible();
  }
  // Cyrillic, and the digit for the letter.
  for (const alike of ["bіlling", "bi1ling"]) {
    await nameField(page).fill(alike);
    await expect(
      dialog.getByText(
        "It looks like “billing”, which is another token: some of the letters only look the same.",
      ),
    ).toBeVisible();
  }
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Mint token", exact: true }).click();
  await expect(page.getByRole("dialog", { name: "It is there" })).toBeVisible();
});

test("a name that is taken says so before anything is sent, and a missing one too", async ({
  page,
  desk,
  newPerson,
  wire,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await mintButton(page).click();
  await page.getByRole("dialog").getByRole("button", { name: "Mint token", exact: true }).click();
  await expect(page.getByRole("dialog").getByText("Give it a name")).toBeVisible();
  await nameField(page).fill("Billing ");
  await expect(page.getByText("There is a token called “billing” already.")).toBeVisible();
  expect(wire.exchanges.filter(({ method, path }) => method === "POST" && path === "/api/tokens")).toEqual(
    [],
  );
});

test("what the portal did not answer is being found out, never failed, and comes back under its name", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await signIn(page, crm);
  await desk.portal.addFault({ endpoint: "mint", kind: "reset-after", userName: crm.userName });
  await desk.portal.addFault({
    endpoint: "list",
    kind: "latency",
    ms: 1_500,
    count: null,
    userName: crm.userName,
  });
  await page.getByRole("button", { name: "Mint the first token" }).click();
  await nameField(page).fill("half-way");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Finding out" });
  await expect(dialog.getByText("The portal has not said what it made.")).toBeVisible();
  await expect(dialog.getByText("You can close this: the desk goes on by itself")).toBeVisible();
  await expectAccessible(page);
  const found = page.getByRole("dialog", { name: "It is there" });
  await expect(found.getByText("Found again: please confirm")).toBeVisible({ timeout: 20_000 });
  await desk.portal.clearFaults();
  await found.getByRole("button", { name: "Done" }).click();
  await expect(rowOf(page, "half-way").getByText("Please confirm")).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(1);

  // Its name is confirmed by saving it as it is.
  await page.getByRole("link", { name: "half-way" }).click();
  await page.getByRole("button", { name: "Confirm its name" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await expect(page.getByText("Please confirm")).toHaveCount(0);
});

test("a mint goes on when the page is reloaded, and is seen to", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await signIn(page, crm);
  await desk.portal.addFault({ endpoint: "mint", kind: "latency", ms: 4_000, userName: crm.userName });
  await page.getByRole("button", { name: "Mint the first token" }).click();
  await nameField(page).fill("left alone");
  const cancel = page.getByRole("dialog").getByRole("button", { name: "Cancel" });
  await cancel.focus();
  await page.locator("form#mint-token").evaluate((form) => (form as HTMLFormElement).requestSubmit());
  // What cannot be pressed any more keeps the focus all the same, and says why.
  await expect(cancel).toHaveAttribute("aria-disabled", "true");
  await expect(cancel).toBeFocused();
  await desk.portal.waitForCalls({ endpoint: "mint", userName: crm.userName, finished: false }, 1);
  await page.reload();
  await expect(page.getByText("“left alone” is being minted")).toBeVisible();
  await expectAccessible(page);
  await expect(rowOf(page, "left alone")).toBeVisible();
  await expect(page.getByText("is being minted")).toHaveCount(0);
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(1);
});

test("a mint that fails after its page was reloaded is not passed over", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await signIn(page, crm);
  await desk.portal.addFault({ endpoint: "mint", kind: "latency", ms: 3_000, userName: crm.userName });
  await page.getByRole("button", { name: "Mint the first token" }).click();
  await nameField(page).fill("worker");
  await page.getByRole("button", { name: /^More/ }).click();
  await page.getByLabel("How many").fill("2");
  await page.keyboard.press("Enter");
  await desk.portal.waitForCalls({ endpoint: "mint", userName: crm.userName, finished: false }, 1);
  await desk.portal.addFault({ endpoint: "mint", kind: "status", status: 403, userName: crm.userName });
  await page.reload();
  await expect(page.getByText("2 tokens are being minted")).toBeVisible();
  await expect(page.getByText("“worker 2” is not minted")).toBeVisible();
  await expect(rowOf(page, "worker 1")).toBeVisible();
  await expectAccessible(page);
});

test("minting another begins at the name, and keeps what was chosen", async ({ page, newPerson, guard }) => {
  guard.allowStatus(400);
  await signIn(page, await newPerson());
  await page.getByRole("button", { name: "Mint the first token" }).click();
  await nameField(page).fill("one");
  await page.getByRole("button", { name: /^More/ }).click();
  await page.getByRole("radio", { name: "Never" }).check();
  await nameField(page).press("Enter");
  await page.getByRole("button", { name: "Mint another" }).click();
  await expect(nameField(page)).toBeFocused();
  await page.keyboard.type("two");
  await page.getByRole("button", { name: /^More/ }).click();
  await expect(page.getByRole("radio", { name: "Never" })).toBeChecked();

  // Typed as a person types it: month, day, year, digit by digit.
  await page.getByRole("radio", { name: "Custom" }).check();
  const day = page.getByLabel("Remind on");
  await day.focus();
  await page.keyboard.type("03152020");
  await expect(day).toHaveValue("2020-03-15");
  await expect(page.getByText("15 March 2020 has passed: choose a day to come.").last()).toBeVisible();
  await page.getByRole("button", { name: "Mint token", exact: true }).last().click();
  await expect(page.getByRole("alert").filter({ hasText: "Not minted" })).toBeInViewport();
  await day.focus();
  await page.keyboard.type("03152099");
  await page.getByRole("button", { name: "Mint token", exact: true }).last().click();
  await expect(page.getByRole("dialog", { name: "It is there" })).toBeVisible();
});
