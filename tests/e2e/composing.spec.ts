import type { Page } from "@playwright/test";
import { expect, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { mintFor } from "./support/people";

/*
 * Whoever writes Japanese, Chinese or Korean composes: what Enter, Esc, the arrows, a comma or Backspace mean until then
 * is between them and their input method.
 */

/** What the browser tells of a key that the input method takes. */
const takenCode = 229;

/** An input method at work in the field that has the focus. */
async function inputMethod(page: Page) {
  const cdp = await page.context().newCDPSession(page);
  return {
    /** Writes what is not yet decided. */
    compose: (text: string) =>
      cdp.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length }),
    /** Takes it. */
    commit: (text: string) => cdp.send("Input.insertText", { text }),
    /** A key that goes to the input method. */
    press: (key: string) =>
      cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key, windowsVirtualKeyCode: takenCode }),
  };
}

/** A key as Safari tells it that ended a composition: that is over already, and only the code tells. */
async function pressInSafari(page: Page, key: string): Promise<void> {
  await page.evaluate(
    ([name, keyCode]) =>
      document.activeElement?.dispatchEvent(
        new KeyboardEvent("keydown", { key: name, keyCode, bubbles: true, cancelable: true }),
      ),
    [key, takenCode] as const,
  );
}

test("a name that is being composed is neither saved nor dropped", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["old name"]);
  await signIn(page, crm);
  await openRowMenu(page, "old name");
  await page.getByRole("menuitem", { name: "Rename" }).click();
  const field = page.getByRole("textbox", { name: "New name for old name" });
  await expect(field).toBeFocused();
  await field.fill("");
  const ime = await inputMethod(page);
  await ime.compose("せいきゅう");
  for (const key of ["ArrowDown", "Enter", "Escape"]) await ime.press(key);
  await expect(field).toHaveValue("せいきゅう");
  await ime.commit("請求");
  for (const key of ["Enter", "Escape"]) await pressInSafari(page, key);
  await expect(field).toHaveValue("請求");
  await page.keyboard.press("Enter");
  await expect(rowOf(page, "請求")).toBeVisible();
});

test("a tag that is being composed is neither cut off nor taken off, and Esc keeps the form", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["billing"], { tags: ["eu"] });
  await signIn(page, crm);
  await openRowMenu(page, "billing");
  await page.getByRole("menuitem", { name: "Edit details…" }).click();
  const dialog = page.getByRole("dialog", { name: "Details of billing" });
  const field = dialog.getByRole("combobox", { name: "Tags" });
  const tag = (name: string) => dialog.getByRole("button", { name: `Remove the tag ${name}` });
  await field.focus();
  const ime = await inputMethod(page);
  await pressInSafari(page, "Backspace");
  await ime.compose("결제");
  for (const key of ["Enter", ",", "Backspace", "Escape"]) await ime.press(key);
  await expect(field).toHaveValue("결제");
  await ime.commit("결제");
  for (const key of ["Enter", ",", "Escape"]) await pressInSafari(page, key);
  await expect(field).toHaveValue("결제");
  await expect(tag("eu")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(tag("결제")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("a search that is being composed stays, and is not left", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["请求", "crm"]);
  await signIn(page, crm);
  const search = page.getByRole("searchbox");
  await search.focus();
  const ime = await inputMethod(page);
  await ime.compose("qing");
  for (const key of ["ArrowDown", "Enter", "Escape"]) await ime.press(key);
  await expect(search).toBeFocused();
  await expect(search).toHaveValue("qing");
  await ime.commit("请");
  for (const key of ["ArrowDown", "Enter", "Escape"]) await pressInSafari(page, key);
  await expect(search).toBeFocused();
  await expect(search).toHaveValue("请");
  await expect(page.getByText("1 of 2")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(rowOf(page, "请求")).toBeFocused();
});

test("the palette neither closes nor runs a command while its words are being composed", async ({
  page,
  newPerson,
}) => {
  await signIn(page, await newPerson());
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Find or do something" });
  const field = palette.getByRole("combobox");
  await expect(field).toBeFocused();
  const chosen = palette.getByRole("option", { selected: true });
  const first = await chosen.textContent();
  const ime = await inputMethod(page);
  for (const key of ["ArrowDown", "Enter", "Escape"]) await pressInSafari(page, key);
  await expect(chosen).toHaveText(first ?? "");
  await ime.compose("さが");
  for (const key of ["ArrowDown", "Enter", "Escape"]) await ime.press(key);
  await expect(field).toHaveValue("さが");
  await ime.commit("探");
  await expect(field).toHaveValue("探");
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
});

test("a question that must be answered stays while something is being composed in it", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["結算"], { environment: "production" });
  await signIn(page, crm);
  await openRowMenu(page, "結算");
  await page.getByRole("menuitem", { name: "Revoke…" }).click();
  const question = page.getByRole("alertdialog");
  const field = question.getByLabel(/^Type /);
  await field.focus();
  const ime = await inputMethod(page);
  await ime.compose("jie");
  await ime.press("Escape");
  await ime.commit("結");
  await pressInSafari(page, "Escape");
  await expect(field).toHaveValue("結");
  await page.keyboard.press("Escape");
  await expect(question).toBeHidden();
});
