import { callDesk, expect, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { mintFor } from "./support/people";
import { ageProof, withoutAudit } from "./support/store";

test("another API user is connected, filtered by, minted for and disconnected", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(401, 503);
  const ann = await newPerson({ name: "ann" });
  const crm = await newPerson({ name: "crm" });
  await mintFor(desk, ann, ["of ann"]);
  await mintFor(desk, crm, ["of crm"]);
  await signIn(page, ann, "/connections");
  await expect(page.getByRole("heading", { name: "An API user for each set of rights" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Connect another" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect another API user" });
  await expectAccessible(page);
  await dialog.getByLabel("Portal").selectOption({ label: "Simulator" });
  await dialog.getByRole("textbox", { name: "E-mail" }).fill(crm.userName);
  await dialog.getByLabel("Password", { exact: true }).fill("not it");
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(dialog.getByText("The e-mail or the password is not right")).toBeVisible();
  await dialog.getByLabel("Password", { exact: true }).fill(crm.password);
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(page.getByRole("button", { name: `Disconnect ${crm.userName}` })).toBeVisible();

  await page.getByRole("link", { name: "Tokens", exact: true }).first().click();
  await expect(rowOf(page, "of ann")).toBeVisible();
  await expect(rowOf(page, "of crm")).toBeVisible();
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page
    .getByRole("combobox", { name: "Owner" })
    .selectOption({ label: `${crm.userName} · Simulator (1)` });
  await page.keyboard.press("Escape");
  // Inside the filter's fields a letter is a letter.
  await expect(page.getByRole("button", { name: "Filter", exact: true })).toBeFocused();
  await expect(page.getByText("1 of 2")).toBeVisible();
  await expect(rowOf(page, "of ann")).toHaveCount(0);

  await page.keyboard.press("n");
  const mint = page.getByRole("dialog", { name: "Mint a token" });
  await mint.getByLabel("For").selectOption({ label: `${crm.userName} · Simulator` });
  await mint.getByRole("textbox", { name: "Name" }).fill("for crm");
  await mint.getByRole("button", { name: "Mint token", exact: true }).click();
  await page.getByRole("button", { name: "Done" }).click();
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(2);

  await page.goto("/connections");
  await page.getByRole("button", { name: `Disconnect ${crm.userName}` }).click();
  const question = page.getByRole("alertdialog", { name: `Disconnect ${crm.userName}?` });
  await expectAccessible(page);
  await withoutAudit(desk, async () => {
    await question.getByRole("button", { name: "Disconnect", exact: true }).click();
    await expect(question.getByText("It is still connected.")).toBeVisible();
  });
  await expectAccessible(page);
  await question.getByRole("button", { name: "Disconnect", exact: true }).click();
  // Behind an open question nothing else can be found: what is gone is told only once it has closed.
  await expect(question).toHaveCount(0);
  await expect(page.getByRole("button", { name: `Disconnect ${crm.userName}` })).toHaveCount(0);
  await page.goto("/tokens");
  await expect(page.getByText("1 of 1")).toBeVisible();
  expect((await desk.portal.user(crm.userName)).tokens).toHaveLength(2);
});

test("an API user is connected with one of its tokens", async ({ page, newPerson }) => {
  const ann = await newPerson({ name: "ann" });
  const crm = await newPerson({ name: "crm", tokens: { prefixed: 1 } });
  await signIn(page, ann, "/connections");
  await page.getByRole("button", { name: "Connect another" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect another API user" });
  await dialog.getByLabel("Portal").selectOption({ label: "Simulator" });
  await dialog.getByRole("radio", { name: "API token" }).check();
  await dialog
    .getByLabel("API token", { exact: true })
    .last()
    .fill(crm.tokens[0] ?? "");
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(page.getByRole("button", { name: `Disconnect ${crm.userName}` })).toBeVisible();
});

test("a connection that the portal has ended is signed in to again, where one is", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(401);
  const ann = await newPerson({ name: "ann" });
  const crm = await newPerson({ name: "crm" });
  await mintFor(desk, crm, ["of crm"]);
  await signIn(page, ann);
  const input = { portal: "sim", username: crm.userName, password: crm.password };
  expect((await callDesk(page, "POST", "/api/connections", input)).status).toBe(201);
  await page.reload();
  await expect(rowOf(page, "of crm")).toBeVisible();
  await desk.portal.expireAuthTokens(crm.userName);
  const notice = page.getByText(`Sign in to ${crm.userName} on Simulator again`);
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh the list" }).click();
    await expect(notice).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await expectAccessible(page);
  await page.getByRole("button", { name: "Sign in again" }).click();
  const dialog = page.getByRole("dialog", { name: `Sign in to ${crm.userName} again` });
  await expect(dialog).toBeVisible();
  await expectAccessible(page);
  await dialog.getByLabel("Password", { exact: true }).fill(crm.password);
  await dialog.getByRole("button", { name: "Sign in again" }).click();
  await expect(notice).toHaveCount(0);
  await expect(rowOf(page, "of crm")).toBeVisible();
});

test("disconnecting the last one signs out", async ({ page, newPerson }) => {
  const ann = await newPerson({ name: "ann" });
  await signIn(page, ann, "/connections");
  await page.getByRole("button", { name: `Disconnect ${ann.userName}` }).click();
  await page.getByRole("button", { name: "Disconnect and sign out" }).click();
  await page.waitForURL("/sign-in");
});

test("what concerns two API users asks for the proof of each, and goes on", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  guard.allowStatus(403);
  const ann = await newPerson({ name: "ann" });
  const crm = await newPerson({ name: "crm" });
  for (const person of [ann, crm]) await mintFor(desk, person, [`of ${person.userName}`]);
  await signIn(page, ann);
  await callDesk(page, "POST", "/api/connections", {
    portal: "sim",
    username: crm.userName,
    password: crm.password,
  });
  await page.reload();
  for (const { userName } of [ann, crm]) ageProof(desk, userName);
  await page.getByRole("checkbox", { name: "Select all 2 matching tokens" }).check();
  await page
    .getByRole("region", { name: "Selected tokens" })
    .getByRole("button", { name: "Edit details" })
    .click();
  await page.getByRole("dialog").getByLabel("Environment").fill("staging");
  await page.getByRole("button", { name: "Save for all 2" }).click();
  const proof = page.getByRole("dialog", { name: "Confirm that it is you" });
  const answer = async () => {
    await expect(proof.getByText(/^The password of/)).toBeVisible();
    const asked = (await proof.getByText(ann.userName).count()) > 0 ? ann : crm;
    await proof.getByLabel("Password", { exact: true }).fill(asked.password);
    await page.keyboard.press("Enter");
    await expect(proof.getByText(asked.userName)).toHaveCount(0);
  };
  await answer();
  await answer();
  await expect(page.getByText("All 2 are saved.")).toBeVisible();
});
