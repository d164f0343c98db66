import { expect, fillSignIn, signInByForm, test } from "./fixtures";
import { expectAccessible } from "./support/axe";

test("signs in with e-mail and password", async ({ page, newPerson }) => {
  const ann = await newPerson({ firstName: "Ann", lastName: "Weber" });
  await page.goto("/");
  await expect(page).toHaveURL("/sign-in");
  await expect(page).toHaveTitle("Sign in · Tokendesk");
  await fillSignIn(page, ann);
  await page.waitForURL("/tokens");
  await expect(page.getByRole("button", { name: "You: Ann Weber" })).toBeVisible();
});

test("typing begins with the e-mail, unless there is something to read first or the screen is small", async ({
  page,
  desk,
  newPerson,
}) => {
  const email = page.getByLabel("E-mail");
  await page.goto("/sign-in");
  await expect(email).toBeFocused();
  await expectAccessible(page);

  await signInByForm(page, await newPerson());
  const client = desk.visitor();
  for (const { name, value } of await page.context().cookies()) client.cookies.set(name, value);
  // The page that is still open would ask for something just as its session ends.
  await page.goto("about:blank");
  await client.post("/api/session/sign-out");
  await page.goto("/sign-in");
  await expect(page.getByText("Your session has ended.")).toBeVisible();
  await expectAccessible(page);
  await expect(email).not.toBeFocused();

  await page.context().clearCookies();
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto("/sign-in");
  await expect(email).toBeVisible();
  await expectAccessible(page);
  await expect(email).not.toBeFocused();
});

test("signs in with an API token", async ({ page, newPerson }) => {
  const crm = await newPerson({ firstName: "API", lastName: "CRM", tokens: { prefixed: 1 } });
  await page.goto("/sign-in");
  await page.getByRole("radio", { name: "Simulator" }).check();
  await page.getByRole("button", { name: "Use an API token instead" }).click();
  await page.getByLabel("API token", { exact: true }).fill(crm.tokens[0] ?? "");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL("/tokens");
  await expect(page.getByRole("button", { name: "You: API CRM" })).toBeVisible();
});

test("a wrong password keeps the form, and says no more than the portal does", async ({
  page,
  newPerson,
  guard,
}) => {
  guard.allowStatus(401);
  const ann = await newPerson();
  await page.goto("/sign-in");
  await fillSignIn(page, { ...ann, password: "not it" });
  await expect(page.getByRole("alert").first()).toContainText("The e-mail or the password is not right");
  await expect(page.getByLabel("E-mail")).toHaveValue(ann.userName);
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await expect(page).toHaveURL("/sign-in");

  await page.getByLabel("Password", { exact: true }).fill(ann.password);
  await page.keyboard.press("Enter");
  await page.waitForURL("/tokens");
});

test("an unknown and a disabled user get the same answer as a wrong password", async ({
  page,
  desk,
  newPerson,
  guard,
}) => {
  // A different answer would tell a stranger who has an account.
  guard.allowStatus(401);
  const dan = await newPerson();
  await desk.portal.changeUser(dan.userName, { enabled: false });
  const answers: (string | null)[] = [];
  for (const who of [dan, { userName: "nobody@e2e.example", password: "whatever" }]) {
    await page.goto("/sign-in");
    await fillSignIn(page, who);
    await expect(page.getByRole("alert").first()).toContainText("is not right");
    answers.push(await page.getByRole("alert").first().textContent());
  }
  expect(answers[0]).toBe(answers[1]);
});

test("too many wrong tries have to wait, and the form says how long", async ({ page, newPerson, guard }) => {
  guard.allowStatus(401, 429);
  const ann = await newPerson();
  await page.goto("/sign-in");
  const banner = page.getByRole("alert").first();
  for (let tries = 0; tries < 5; tries += 1) {
    const answered = page.waitForResponse(/callback\/portal/);
    await fillSignIn(page, { ...ann, password: `wrong ${tries}` });
    await answered;
  }
  await fillSignIn(page, ann);
  await expect(banner).toContainText("Too many wrong tries");
  await expect(banner).toContainText(/You can try again in/);
  await expect(page.getByLabel("E-mail")).toHaveValue(ann.userName);
});

test("comes back to where it was asked for", async ({ page, newPerson }) => {
  const ann = await newPerson();
  await page.goto("/audit");
  await expect(page).toHaveURL("/sign-in?next=%2Faudit");
  await fillSignIn(page, ann);
  await page.waitForURL("/audit");
  await expect(page.getByRole("heading", { level: 1, name: "Audit trail" })).toBeVisible();
});

test("a link to the sign-in never leads to another site", async ({ page, newPerson, desk }) => {
  // An open redirect turns our own sign-in page into the beginning of somebody's phishing.
  const ann = await newPerson();
  for (const evil of ["//evil.example", "/\\evil.example", "https:evil.example", "/%09/evil.example"]) {
    // The page before is left first: what it asks for once the cookies are gone is refused, and is no fault.
    await page.goto("about:blank");
    await page.context().clearCookies();
    await page.goto(`/sign-in?next=${encodeURIComponent(evil)}`);
    await fillSignIn(page, ann);
    await page.waitForURL("/tokens");
    expect(new URL(page.url()).origin).toBe(desk.baseUrl);
  }
});

test("what is missing is said at its field, and nothing is sent", async ({ page, wire }) => {
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByText("Type the e-mail that you use in the portal")).toBeVisible();
  await expect(page.getByText("Type the password that you use in the portal")).toBeVisible();
  expect(wire.exchanges.filter(({ method }) => method === "POST")).toEqual([]);
});

test("what the portal would call a wrong password is said at its field", async ({ page, wire }) => {
  await page.goto("/sign-in");
  const email = page.getByRole("textbox", { name: "E-mail" });
  const send = page.getByRole("button", { name: "Sign in", exact: true });
  await page.getByLabel("Password", { exact: true }).fill("x".repeat(1_025));
  for (const [typed, said] of [
    ["   ", "Type the e-mail that you use in the portal"],
    [`${"a".repeat(250)}@demo.example`, "At most 254 characters: this has 263"],
    ["ann\u200b@demo.example", "An invisible character (U+200B) after “ann”: delete it"],
  ] as const) {
    await email.fill(typed);
    await send.click();
    await expect(page.getByText(said)).toBeVisible();
    await expect(email).toHaveValue(typed);
  }
  await expect(page.getByText("At most 1024 characters: this has 1025")).toBeVisible();
  expect(wire.exchanges.filter(({ path }) => path.includes("callback"))).toEqual([]);
});

test("whoever is signed in does not see the form again", async ({ page, newPerson }) => {
  await signInByForm(page, await newPerson());
  await page.goto("/sign-in");
  await expect(page).toHaveURL("/tokens");
});
