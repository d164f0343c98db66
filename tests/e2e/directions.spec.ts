import { expect, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { mintFor } from "./support/people";

test.use({ permissions: ["clipboard-write"] });

test("a name that is written from the right is set apart in titles, accessible names and toasts", async ({
  page,
  desk,
  newPerson,
}) => {
  // Unless it is, "Disconnect", "Copied" or the desk's own name stand on its other side, and digits are another number.
  const crm = await newPerson({ firstName: "שרה", lastName: "לוי" });
  const name = "חיוב 2026";
  const apart = (text: string) => `\u2068${text}\u2069`;
  await mintFor(desk, crm, [name], { tags: ["דוחות", "eu"] });
  await signIn(page, crm);
  await expect(page.getByRole("button", { name: `You: ${apart("שרה לוי")}`, exact: true })).toBeVisible();
  const row = rowOf(page, name);
  for (const button of ["Copy", "Rename", "Actions for"])
    await expect(row.getByRole("button", { name: `${button} ${apart(name)}`, exact: true })).toHaveCount(1);
  await expect(row.getByText(`#${apart("דוחות")} #eu`)).toBeVisible();

  await openRowMenu(page, apart(name));
  await expect(page.getByRole("menu", { name: `What to do with ${apart(name)}`, exact: true })).toBeVisible();
  await page.getByRole("menuitem", { name: "Check now" }).click();
  await expect(page.getByText(`${apart(name)}: The portal accepts it`).first()).toBeVisible();
  await row.getByRole("button", { name: `Copy ${apart(name)}`, exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: `Copied ${apart(name)}` })).toHaveCount(1);

  await row.getByRole("link", { name, exact: true }).click();
  await expect(page).toHaveTitle(`${apart(name)} · Tokendesk`);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `Details of ${name}` });
  await expect(dialog.getByRole("button", { name: `Remove the tag ${apart("דוחות")}` })).toBeVisible();
  await dialog.getByRole("textbox", { name: "Name" }).fill("תשלום");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveTitle(`${apart("תשלום")} · Tokendesk`);
});
