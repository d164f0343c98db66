import { randomUUID } from "node:crypto";
import type { Locator, Page } from "@playwright/test";
import { expect, openRowMenu, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { apiAs, leadRoles } from "./support/people";

test.use({ permissions: ["clipboard-write"] });

async function paste(page: Page, field: Locator, text: string): Promise<void> {
  await page.evaluate((value) => navigator.clipboard.writeText(value), text);
  await field.focus();
  await page.keyboard.press("Control+v");
}

const curl = (value: string) =>
  `curl -sS \\\n  -H "X-Auth-Token: ${value.slice(0, 30)}\n${value.slice(30)}" \\\n  https://portal.example/`;

const byValue = async (page: Page) => {
  await page.getByRole("button", { name: "Compromised token?" }).click();
  const dialog = page.getByRole("dialog", { name: "Compromised token?" });
  return {
    dialog,
    field: dialog.getByLabel("Token", { exact: true }),
    revoke: dialog.getByRole("button", { name: "Revoke token" }),
  };
};

test("a token is taken out of what is pasted to be revoked; what is none is not sent", async ({
  page,
  desk,
  newPerson,
}) => {
  const odd = `rcx_${randomUUID().replaceAll("-", "")}`;
  const crm = await newPerson({ tokens: { prefixed: 1, values: [odd] } });
  const token = crm.tokens.find((value) => value !== odd) ?? "";
  const asked = async () => (await desk.portal.calls({ endpoint: "revoke", userName: crm.userName })).length;
  await signIn(page, crm);
  const { dialog, field, revoke } = await byValue(page);

  await paste(page, field, "Please revoke\nthe one of billing");
  await revoke.click();
  await expect(dialog.getByText(/There is no token in this/)).toBeVisible();
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("Please revoke the one of billing");
  await expect(dialog.getByRole("button", { name: "Use it as it is" })).toHaveCount(0);
  await field.fill("");
  await paste(page, field, `${token}\n${randomUUID()}`);
  await revoke.click();
  await expect(dialog.getByText(/There are several tokens in this/)).toBeVisible();
  await expectAccessible(page);
  await field.fill(token.slice(0, -1));
  await revoke.click();
  await expect(dialog.getByText(/There is no token in this/)).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Use it as it is" })).toHaveCount(0);
  await field.fill("");
  await paste(page, field, `${token} ${"x".repeat(20_000)} ${randomUUID()}`);
  await revoke.click();
  await expect(dialog.getByText(/This is too long/)).toBeVisible();
  expect(await asked()).toBe(0);

  await field.fill("");
  await paste(page, field, curl(token));
  await expect(field).toHaveValue(token);
  await expect(
    dialog.getByText(`The token is aws80:${token.slice(6, 10)}…${token.slice(-4)}.`),
  ).toBeVisible();
  await page.keyboard.press("Control+z");
  await expect(field).toHaveValue("");
  await paste(page, field, curl(token));
  await revoke.click();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  expect((await desk.portal.user(crm.userName)).tokens).toEqual([odd]);

  const again = await byValue(page);
  await paste(page, again.field, odd);
  await again.revoke.click();
  await expect(again.dialog.getByText(/This does not look like a token/)).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toEqual([odd]);
  // What is said of one text is not said of the next.
  await again.field.press("End");
  await again.field.press("x");
  await expect(again.dialog.getByRole("button", { name: "Use it as it is" })).toHaveCount(0);
  await again.field.press("Backspace");
  await again.revoke.click();
  await again.dialog.getByRole("button", { name: "Use it as it is" }).click();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toEqual([]);
});

test("a token that is not the one in question is not revoked in its place", async ({
  page,
  desk,
  newPerson,
}) => {
  const lead = await newPerson({ name: "lead", roles: leadRoles });
  const ann = await newPerson({ name: "ann", parent: lead, tokens: { prefixed: 2 } });
  await (await apiAs(desk, ann)).get("/api/tokens");
  await signIn(page, lead);
  const [first = "", second = ""] = ann.tokens;
  const shown = `aws80:${first.slice(6, 10)}…${first.slice(-4)}`;
  await openRowMenu(page, shown);
  await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
  const question = page.getByRole("alertdialog");
  await question.getByRole("radio", { name: "Offboarding" }).check();
  await question.getByRole("button", { name: "Revoke token" }).click();
  const field = question.getByLabel("The token itself");
  await paste(page, field, second);
  await question.getByRole("button", { name: "Revoke token" }).click();
  await expect(question.getByText(/This is another token/)).toBeVisible();
  expect((await desk.portal.user(ann.userName)).tokens).toEqual(ann.tokens);
  await paste(page, field, first);
  await question.getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
  expect((await desk.portal.user(ann.userName)).tokens).toEqual([second]);
});

const isHidden = (field: Locator) =>
  field.evaluate((element) => getComputedStyle(element).getPropertyValue("-webkit-text-security"));

/** Nothing for a password manager: neither by its type nor by its name, and marked for those that look no further. */
async function expectUnmanaged(field: Locator): Promise<void> {
  expect(await field.evaluate((element: HTMLInputElement) => element.type)).toBe("text");
  await expect(field).toHaveAttribute("autocomplete", "off");
  await expect(field).toHaveAttribute("spellcheck", "false");
  for (const mark of ["data-1p-ignore", "data-bwignore", "data-lpignore", "data-protonpass-ignore"])
    await expect(field).toHaveAttribute(mark, "true");
  await expect(field).not.toHaveAttribute("name", /user-?name|e-?mail|password/i);
}

test("nothing fills or saves a token, and nothing fills another's sign-in with one's own", async ({
  page,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await page.goto("/sign-in");
  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute(
    "autocomplete",
    "current-password",
  );
  await page.getByRole("button", { name: "Use an API token instead" }).click();
  const token = page.getByLabel("API token", { exact: true });
  await expectUnmanaged(token);
  expect(await isHidden(token)).toBe("disc");
  await page.getByRole("button", { name: "Show token" }).click();
  expect(await isHidden(token)).toBe("none");
  await page.getByRole("radio", { name: "Simulator" }).check();
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByText("Paste the token")).toBeVisible();
  await paste(page, token, curl(crm.tokens[0] ?? ""));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL("/tokens");

  await page.goto("/connections");
  await page.getByRole("button", { name: "Connect another" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect another API user" });
  await expectUnmanaged(dialog.getByRole("textbox", { name: "E-mail" }));
  const password = dialog.getByLabel("Password", { exact: true });
  await expectUnmanaged(password);
  expect(await isHidden(password)).toBe("disc");
  await dialog.getByRole("radio", { name: "API token" }).check();
  await expectUnmanaged(dialog.getByRole("textbox", { name: "API token" }));
  await expect(page.locator("input[type=password]")).toHaveCount(0);
});

test("a filter in an address that has a token in it is left out, and goes", async ({ page, newPerson }) => {
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await signIn(page, crm);
  for (const name of ["q", "tag", "env", "owner"]) {
    await page.goto(`/tokens?${name}=${crm.tokens[0]}`);
    await expect(page).toHaveURL(/\/tokens$/);
  }
});

test("a token stands in no address of the trail, typed or linked", async ({ page, newPerson, wire }) => {
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  const [value = ""] = crm.tokens;
  await signIn(page, crm, "/audit");
  await page.getByLabel("Who").fill(value);
  await expect(page.getByText(/That is a token, not a name/)).toBeVisible();
  await page.getByLabel("Who").fill("nobody");
  await expect(page).toHaveURL(/actor=nobody/);
  expect(wire.exchanges.filter(({ url }) => url.includes(value.slice(-12)))).toEqual([]);
  await page.goto(`/audit?actor=${value}`);
  await expect(page).toHaveURL(/\/audit$/);
  const asked = wire.exchanges.filter(({ url }) => url.includes(value.slice(-12)));
  // The document alone, for somebody linked it.
  expect(asked.map(({ path }) => path)).toEqual(["/audit"]);
});

test("the search and the palette take the token out of what is pasted, and say where there are several", async ({
  page,
  newPerson,
  wire,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 2 } });
  const [first = "", second = ""] = crm.tokens;
  await signIn(page, crm);
  const search = page.getByRole("searchbox");
  await paste(page, search, curl(first));
  await expect(page.getByText("This is the token that you pasted")).toBeVisible();
  await paste(page, search, `${first}\n${second}`);
  await expect(page.getByRole("heading", { name: "There are several tokens in this" })).toBeVisible();
  await expect(search).toHaveValue("");
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Find or do something" });
  await paste(page, palette.getByRole("combobox"), `${first}\n${second}`);
  await expect(palette.getByText("There are several tokens in this")).toBeVisible();
  await palette.getByRole("button", { name: "Back to the commands" }).click();
  await paste(page, palette.getByRole("combobox"), curl(second));
  await expect(palette.getByRole("link")).toHaveCount(1);
  expect(wire.exchanges.filter(({ requestBody }) => requestBody.includes("curl"))).toEqual([]);
});
