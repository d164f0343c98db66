import { callDesk, expect, openRowMenu, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { keptBy, received } from "./support/kept";
import { leadRoles, mintFor } from "./support/people";
import { Secrets } from "./support/secrets";

test("a lead sees the tokens of their people, and may not read one", async ({
  page,
  desk,
  newPerson,
  wire,
  guard,
}) => {
  // Leads respond to leaks; being able to read their people's tokens would make them one more place to leak from.
  const lead = await newPerson({ name: "lead", firstName: "Lena", roles: leadRoles });
  const ann = await newPerson({ name: "ann", parent: lead, tokens: { prefixed: 1 } });
  const stranger = await newPerson({ name: "stranger" });
  const [annsToken] = await mintFor(desk, ann, ["of ann"]);
  const [hidden] = await mintFor(desk, stranger, ["of a stranger"]);
  const secrets = new Secrets();
  await secrets.note(desk);
  await signIn(page, lead);
  await expect(rowOf(page, "of ann").getByText(ann.userName).first()).toBeVisible();
  await expect(page.getByText("of a stranger")).toHaveCount(0);

  const reason = "Only its own user can copy it: a lead never reads a token";
  await openRowMenu(page, "of ann");
  await expect(page.getByRole("menuitem", { name: /^Copy token/ })).toContainText(reason);
  await expect(page.getByRole("menuitem", { name: /^Copy token/ })).toHaveAttribute("aria-disabled", "true");
  await expect(page.getByRole("menuitem", { name: /^Check now/ })).toContainText(
    "Only its own user can check it",
  );
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toHaveCount(0);
  await rowOf(page, "of ann").focus();
  await page.keyboard.press("c");
  await expect(page.getByText(reason).first()).toBeVisible();

  // Not even by asking the desk itself.
  guard.allowStatus(403, 404);
  const asked = await callDesk(page, "POST", `/api/tokens/${annsToken?.id}/copy`, {});
  expect(asked.status).toBe(403);
  const foreign = await callDesk(page, "GET", `/api/tokens/${hidden?.id}`);
  expect(foreign.status).toBe(404);
  expect(secrets.find(received(wire))).toEqual([]);
  expect(secrets.find(await keptBy(page))).toEqual([]);
});

test("what one may not see looks like what does not exist", async ({ page, desk, newPerson, guard }) => {
  guard.allowStatus(404);
  const crm = await newPerson();
  const stranger = await newPerson();
  const [hidden] = await mintFor(desk, stranger, ["hidden"]);
  await signIn(page, crm);
  const pages: (string | null)[] = [];
  for (const id of [hidden?.id, "tok_aaaaaaaaaaaaaaaaaaaaaaaaaa"]) {
    const answer = await page.goto(`/tokens/${id}`);
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
    pages.push(await page.getByRole("main").textContent());
  }
  expect(pages[0]).toBe(pages[1]);
  await expectAccessible(page);
});
