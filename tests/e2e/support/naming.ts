import type { Page } from "@playwright/test";

/** The list of what nobody has named. */
export const unclaimed = "/tokens?show=unclaimed";
/** The field of whoever names an unclaimed token. */
export const openField = (page: Page) => page.getByRole("textbox", { name: /^A name for aws80:/ });
export const focusedField = (page: Page) => page.locator("input:focus");
/** The hints of the rows, from the top. */
export const hintsOf = async (page: Page) =>
  (await page.locator("[data-token]").allTextContents()).map(
    (text) => /aws80:\w{4}…\w{4}/.exec(text)?.[0] ?? "",
  );

/** Holds what is saved until it is let go, each save by itself. */
export async function holdSaves(page: Page) {
  const held: ((fail?: boolean) => Promise<void>)[] = [];
  const problem = {
    type: "about:blank",
    title: "",
    status: 503,
    code: "audit_unavailable",
    instance: "req_test",
  };
  const refused = { status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) };
  await page.route("**/api/tokens/tok_*", (route) =>
    route.request().method() === "PATCH"
      ? void held.push((fail) => (fail ? route.fulfill(refused) : route.continue()))
      : route.continue(),
  );
  return held;
}
