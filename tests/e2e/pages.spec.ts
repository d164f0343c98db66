import { expect, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";

test("an address that is nothing says so, with and without a session", async ({ page, newPerson, guard }) => {
  guard.allowStatus(404);
  for (const signedIn of [false, true]) {
    if (signedIn) await signIn(page, await newPerson());
    const answer = await page.goto("/nothing/here");
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
    await expectAccessible(page);
  }
  await page.getByRole("link", { name: "To the tokens" }).click();
  await page.waitForURL("/tokens");
});

test("the sign-in page reads well in light and in dark", async ({ page }) => {
  await page.goto("/sign-in");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Use an API token instead" }).click();
  await expectAccessible(page);
});

test("a chosen theme is there before the first paint, and on the next visit", async ({
  page,
  wire,
  newPerson,
}) => {
  await page.emulateMedia({ colorScheme: "light" });
  await signIn(page, await newPerson({ firstName: "Ann", lastName: "Weber" }));
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: "You: Ann Weber" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect.poll(background).not.toBe(light);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  expect(await background()).not.toBe(light);
  // In the document itself: no script has to run before it is dark.
  const last = wire.exchanges.filter(({ path, method }) => path === "/tokens" && method === "GET").at(-1);
  expect(last?.body).toMatch(/<html[^>]*data-theme="dark"/);
});

test("every document forbids what it does not need, and is kept by nobody", async ({
  page,
  wire,
  newPerson,
  guard,
}) => {
  // Each header closes a way in that needs no fault of ours: framing, sniffing, a shared cache, a Referer with an id.
  guard.allowStatus(404);
  await signIn(page, await newPerson());
  for (const path of ["/tokens", "/audit", "/connections", "/sessions", "/nothing"]) await page.goto(path);
  const documents = wire.exchanges.filter(
    ({ headers, status }) => /content-type: text\/html/i.test(headers) && status < 300,
  );
  expect(documents.length).toBeGreaterThanOrEqual(4);
  const nonces = new Set<string>();
  for (const { headers, path, body } of documents) {
    const policy = /^content-security-policy: (.*)$/im.exec(headers)?.[1] ?? "";
    for (const rule of [
      "default-src 'none'",
      "'strict-dynamic'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ])
      expect(policy, path).toContain(rule);
    expect(policy.replace("style-src-attr 'unsafe-inline'", ""), path).not.toContain("unsafe");
    for (const line of [
      "cache-control: no-store",
      "x-content-type-options: nosniff",
      "referrer-policy: no-referrer",
    ])
      expect(headers.toLowerCase(), path).toContain(line);
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
    nonces.add(nonce);
    expect(body.match(/<script(?![^>]*\bnonce=)/g), path).toBeNull();
  }
  expect(nonces.size, "a nonce is good for one document").toBe(documents.length);
  const answers = wire.exchanges.filter(({ path }) => path.startsWith("/api/"));
  for (const { headers, path } of answers)
    expect(headers.toLowerCase(), path).toContain("cache-control: no-store");
  for (const { requestHeaders } of wire.exchanges) expect(requestHeaders).not.toMatch(/^referer:/im);
});
