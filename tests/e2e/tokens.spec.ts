import { expect, rowOf, signIn, test } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { apiAs, mintFor } from "./support/people";
import { moveExpiry } from "./support/store";

const dayMs = 86_400_000;

test("lists what the portal has: named, unclaimed and of any form", async ({ page, desk, newPerson }) => {
  const crm = await newPerson({ tokens: { prefixed: 1, bare: 1, unforeseen: 1 } });
  await mintFor(desk, crm, ["billing-export"], {
    purpose: "Invoices",
    environment: "staging",
    tags: ["eu", "sap"],
  });
  await signIn(page, crm);
  const row = rowOf(page, "billing-export");
  for (const text of ["Active", "Invoices", "staging", "#eu #sap", crm.userName, "Not checked"]) {
    await expect(row.getByText(text, { exact: true }).first()).toBeVisible();
  }
  await expect(page.getByRole("row").filter({ hasText: "Unclaimed" })).toHaveCount(3);
  await expect(page.getByText("4 of 4")).toBeVisible();
  await expectAccessible(page);
});

test("the cards count, and filter when they are pressed", async ({ page, desk, newPerson }) => {
  const crm = await newPerson({ tokens: { prefixed: 2 } });
  const [soon, late] = await mintFor(desk, crm, ["soon", "late", "fine"]);
  moveExpiry(desk, soon?.id ?? "", Date.now() + 3 * dayMs);
  moveExpiry(desk, late?.id ?? "", Date.now() - dayMs);
  await signIn(page, crm);
  const card = (name: string) =>
    page.getByRole("toolbar", { name: "Show only" }).getByRole("button", { name });
  await expect(card("Active")).toContainText("3");
  await expect(card("Unclaimed")).toContainText("2");
  await expect(rowOf(page, "late").getByText("Overdue")).toBeVisible();
  await expect(rowOf(page, "soon").getByText("Expiring")).toBeVisible();

  await card("Overdue").click();
  await expect(card("Overdue")).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByText("1 of 5")).toBeVisible();
  await expect(rowOf(page, "late")).toBeVisible();
  await expect(rowOf(page, "fine")).toHaveCount(0);
  await expect(page).toHaveURL(/show=overdue/);
  await card("Overdue").click();
  await expect(page.getByText("5 of 5")).toBeVisible();
});

test("the search marks what it finds, and tells nothing found from nothing there", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["invoice-sync", "crm-import"]);
  await signIn(page, crm);
  const search = page.getByRole("searchbox");
  await search.fill("invoice");
  await expect(page.getByText("1 of 2")).toBeVisible();
  await expect(rowOf(page, "invoice-sync").locator("mark")).toHaveText("invoice");
  await expect(page).toHaveURL(/q=invoice/);

  await search.fill("nothing like it");
  await expect(page.getByText("No token matches “nothing like it”")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await expect(rowOf(page, "crm-import")).toBeVisible();
  await expect(search).toHaveValue("");
});

test("somebody without tokens is told how to begin", async ({ page, newPerson }) => {
  const crm = await newPerson();
  await signIn(page, crm);
  await expect(page.getByText(`No tokens yet for ${crm.userName} on Simulator`)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Mint the first token" }).click();
  await expect(page.getByRole("dialog", { name: "Mint a token" })).toBeVisible();
});

test("somebody whose last token is gone is told so, and comes to it and to the next", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["last"]);
  await signIn(page, crm);
  await rowOf(page, "last").focus();
  await page.keyboard.press("Delete");
  await page.getByRole("radio", { name: "Unused" }).check();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await page.getByRole("dialog", { name: "Revoked" }).getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("No tokens left")).toBeVisible();
  await expect(page.getByText("filters")).toHaveCount(0);
  // On the search or on the way on, whichever of dialog and row goes first.
  await expect(page.locator("input:focus, button:focus")).toHaveCount(1);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Mint a token" }).click();
  await page.getByRole("dialog", { name: "Mint a token" }).getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Show the revoked ones" }).click();
  await expect(rowOf(page, "last")).toBeVisible();
});

test("filters, search and sort are in the address and survive a reload", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["alpha", "beta"], { environment: "staging", tags: ["eu"] });
  await mintFor(desk, crm, ["gamma"], { environment: "test" });
  await signIn(page, crm);
  await page.getByRole("button", { name: "Name", exact: true }).click();
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  const filters = page.getByRole("dialog", { name: "Filter and sort" });
  await filters.getByLabel("Environment").selectOption("staging");
  await filters.getByLabel("Tag").selectOption("eu");
  await filters.getByLabel("Direction").selectOption("Descending");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  const names = page.getByRole("gridcell").getByRole("link");
  await expect(names).toHaveText(["beta", "alpha"]);
  await page.reload();
  await expect(names).toHaveText(["beta", "alpha"]);
  await expect(page.getByText("2 of 3")).toBeVisible();
  await page.getByRole("button", { name: "Remove the filter staging" }).click();
  await page.getByRole("button", { name: "Remove the filter #eu" }).click();
  await expect(names).toHaveText(["gamma", "beta", "alpha"]);
});

test("a pasted token is found, and is in no address, field, storage or history", async ({
  page,
  wire,
  desk,
  newPerson,
}) => {
  // People paste tokens where there is a field; addresses and histories are kept for years.
  const crm = await newPerson({ tokens: { prefixed: 2 } });
  const stranger = await newPerson({ tokens: { bare: 1 } });
  await mintFor(desk, crm, ["another"]);
  await signIn(page, crm);
  await page.context().grantPermissions(["clipboard-write"]);
  const [own] = crm.tokens;
  for (const [value, title] of [
    [own, "This is the token that you pasted"],
    [`X-Auth-Token: ${own}`, "This is the token that you pasted"],
    [stranger.tokens[0], "No token that you may see has this value"],
  ]) {
    await page.evaluate((text) => navigator.clipboard.writeText(text), value ?? "");
    await page.getByRole("searchbox").focus();
    await page.keyboard.press("Control+v");
    await expect(page.getByRole("main").getByText(title ?? "")).toBeVisible();
    await expect(page.getByRole("searchbox")).toHaveValue("");
  }
  await page.getByRole("button", { name: "Show the list" }).click();
  await expect(page.getByText("3 of 3")).toBeVisible();
  // Typed letter by letter it must not get there either: the address waits until the text cannot be one any more.
  await page.getByRole("searchbox").pressSequentially((own ?? "").slice(6, 30));
  await expect(page.getByText(/0 of 3|No token matches/).first()).toBeVisible();
  await page.reload();

  const sent = wire.exchanges.filter(({ requestBody }) => requestBody.includes(own ?? ""));
  expect(new Set(sent.map(({ method, path }) => `${method} ${path}`))).toEqual(
    new Set(["POST /api/tokens/identify"]),
  );
  for (const { url, requestHeaders } of wire.exchanges) {
    for (const value of [own, stranger.tokens[0]]) {
      const part = (value ?? "").slice(-30, -8);
      expect(url + requestHeaders, url).not.toContain(part);
    }
  }
});

test("of two pasted tokens the last one counts, whichever answer comes first", async ({
  page,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: { prefixed: 2 } });
  const stranger = await newPerson({ tokens: { bare: 1 } });
  await signIn(page, crm);
  await page.context().grantPermissions(["clipboard-write"]);
  const paste = async (value = "") => {
    await page.evaluate((text) => navigator.clipboard.writeText(text), value);
    await page.getByRole("searchbox").focus();
    await page.keyboard.press("Control+v");
  };
  let answerFirst = () => {};
  const held = new Promise<void>((resolve) => {
    answerFirst = resolve;
  });
  const identify = "**/api/tokens/identify";
  await page.route(identify, (route) => held.then(() => route.continue()), { times: 1 });
  const late = page.waitForResponse((answer) =>
    Boolean(
      answer
        .request()
        .postData()
        ?.includes(crm.tokens[0] ?? ""),
    ),
  );
  await paste(crm.tokens[0]);
  await paste(stranger.tokens[0]);
  const nothing = page.getByRole("main").getByText("No token that you may see has this value");
  await expect(nothing).toBeVisible();
  answerFirst();
  await (await late).finished();
  await expect(nothing).toBeVisible();

  // And of the last one nothing is said of another.
  await page.route(identify, () => {});
  await paste(crm.tokens[0]);
  await expect(nothing).toBeHidden();
});

test("a search that is too long for an address is looked for all the same, and not by its beginning", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson({ tokens: {} });
  await mintFor(desk, crm, ["billing"]);
  await signIn(page, crm);
  await page.getByRole("searchbox").fill(`billing ${"x".repeat(300)}`);
  await expect(page.getByText(/No token matches/).first()).toBeVisible();
  await expect(page).toHaveURL(/\/tokens$/);
  await page.goto(`/tokens?q=billing${"%20".repeat(200)}x`);
  await expect(page).toHaveURL(/\/tokens$/);
  await expect(rowOf(page, "billing")).toBeVisible();
});

test("an address with a token in it searches for nothing, and loses it", async ({ page, newPerson }) => {
  const crm = await newPerson({ tokens: { prefixed: 1 } });
  await signIn(page, crm);
  await page.goto(`/tokens?q=${crm.tokens[0]}`);
  await expect(page.getByText("1 of 1")).toBeVisible();
  await expect(page.getByRole("searchbox")).toHaveValue("");
  await expect(page).toHaveURL("/tokens");
});

test("a refresh keeps the place, the selection and the focus", async ({ page, desk, newPerson }) => {
  const crm = await newPerson({ tokens: { prefixed: 61 } });
  await signIn(page, crm);
  await page.goto("/tokens?sort=name&dir=asc");
  await page.getByRole("row").nth(1).getByRole("checkbox").check();
  await page.evaluate(() => scrollTo({ top: 1200 }));
  const row = page.locator("[aria-rowindex='24']");
  await expect(row).toBeInViewport();
  const read = page.locator(`[data-token='${await row.getAttribute("data-token")}']`);
  const topOf = async () => (await read.boundingBox())?.y ?? 0;
  // Data may come in the very frame of a scroll, before anybody is told of it.
  await page.evaluate(() => {
    const untold = (event: Event) => event.stopImmediatePropagation();
    addEventListener("scroll", untold, true);
    scrollBy({ top: 30 });
    addEventListener("told", () => removeEventListener("scroll", untold, true));
  });
  const before = await topOf();
  await mintFor(desk, crm, ["the first of all names"]);
  // Pressed without a pointer: nothing scrolls.
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh the list" }).dispatchEvent("click");
    await expect(page.getByText("62 of 62")).toBeAttached({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  // It came in above; what somebody reads stays where it was.
  await expect(read).toHaveAttribute("aria-rowindex", "25");
  await expect.poll(async () => Math.abs((await topOf()) - before)).toBeLessThan(2);
  await expect(page.getByRole("checkbox", { checked: true })).toBeFocused();
  await page.evaluate(() => dispatchEvent(new Event("told")));
  await expect(page.getByRole("region", { name: "Selected tokens" }).getByText("1 selected")).toBeVisible();
});

for (const reducedMotion of ["reduce", "no-preference"] as const)
  test.describe(`with motion: ${reducedMotion}`, () => {
    test.use({ contextOptions: { reducedMotion } });

    test("what is read stays in place when rows come above it in numbers, go, or move", async ({
      page,
      desk,
      newPerson,
    }) => {
      const crm = await newPerson({ tokens: { prefixed: 50 } });
      const names = Array.from({ length: 12 }, (_, at) => `m${String(at).padStart(2, "0")}`);
      const minted = await mintFor(desk, crm, names);
      const api = await apiAs(desk, crm);
      await signIn(page, crm, "/tokens?sort=name&dir=asc");
      await expect(page.getByText("62 of 62")).toBeVisible();
      /** Where each row in sight begins. */
      const look = () =>
        page.evaluate(() => {
          const rows = [...document.querySelectorAll<HTMLElement>("[data-token]")];
          const tops = rows.map((row) => [row.dataset.token ?? "", row.getBoundingClientRect().top] as const);
          return tops.filter(([, top]) => top > 40 && top < innerHeight);
        });
      const scroll = async (top: number) => {
        await page.evaluate((to) => scrollTo({ top: to }), top);
        await expect.poll(async () => (await look()).length).toBeGreaterThan(5);
        return look();
      };
      const refreshed = (count: string) =>
        expect(async () => {
          await page.getByRole("button", { name: "Refresh the list" }).dispatchEvent("click");
          await expect(page.getByText(count)).toBeAttached({ timeout: 1_000 });
        }).toPass({ timeout: 15_000 });
      /** These are where they were. */
      const expectKept = async (before: Awaited<ReturnType<typeof look>>) => {
        const wanted = before.map(([id, top]) => `${id} ${Math.round(top)}`);
        expect(wanted.length).toBeGreaterThan(5);
        await expect
          .poll(async () => (await look()).map(([id, top]) => `${id} ${Math.round(top)}`))
          .toEqual(expect.arrayContaining(wanted));
      };

      let before = await scroll(1_500);
      await mintFor(
        desk,
        crm,
        Array.from({ length: 20 }, (_, at) => `a${at}`),
      );
      await refreshed("82 of 82");
      await expectKept(before);

      before = await scroll(100_000);
      await mintFor(desk, crm, ["b"]);
      await refreshed("83 of 83");
      await expectKept(before);

      // Of the named ones in sight the first goes, and the second gets another place in the order.
      before = await scroll(21 * 56 + 300);
      const [first, second] = minted.filter(({ id }) => before.some(([seen]) => seen === id));
      if (!first || !second) throw new Error("no named token in sight");
      await api.delete(`/api/tokens/${first.id}`, { reason: "unused" });
      await api.patch(`/api/tokens/${second.id}`, { label: "z" });
      await refreshed("82 of 82");
      // It comes to stand before those without a name.
      const named = new Set(minted.map(({ id }) => id));
      await expectKept(before.filter(([id]) => named.has(id) && id !== first.id && id !== second.id));
    });
  });

test("of 1,000 tokens only those in sight are in the document", async ({ page, desk, newPerson }) => {
  const crm = await newPerson({ tokens: { prefixed: 1000 } });
  await signIn(page, crm);
  await expect(page.getByText("1,000 of 1,000")).toBeVisible();
  await expect(page.getByRole("grid")).toHaveAttribute("aria-rowcount", "1001");
  expect(await page.getByRole("row").count()).toBeLessThan(60);
  await page.getByRole("row").nth(1).focus();
  await page.keyboard.press("End");
  await expect(page.locator("[aria-rowindex='1001']")).toBeFocused();
  expect(await page.getByRole("row").count()).toBeLessThan(60);
  const { listed } = await desk.portal.user(crm.userName);
  const last = listed.at(-1) ?? "";
  await page.getByRole("searchbox").fill(last.slice(-4));
  await expect(page.getByText(/^\d+ of 1,000$/)).toBeVisible();
  await expect(
    page
      .getByRole("grid")
      .getByText(new RegExp(`…${last.slice(-4)}$`))
      .first(),
  ).toBeVisible();
});

test("tokens are grouped by owner on request", async ({ page, desk, newPerson }) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["one", "two"]);
  await signIn(page, crm);
  await page.goto("/tokens?group=owner");
  await expect(page.getByRole("row", { name: new RegExp(`${crm.userName}.*2 tokens`) })).toBeVisible();
  await expectAccessible(page);
});

test("the way back from a token leads to the list as it was narrowed; taking that off keeps the focus", async ({
  page,
  desk,
  newPerson,
}) => {
  const crm = await newPerson();
  await mintFor(desk, crm, ["alpha", "beta"], { environment: "staging" });
  await signIn(page, crm);
  await page.goto("/tokens?q=alpha&env=staging");
  await page.getByRole("link", { name: "alpha" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "alpha" })).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Tokens" }).click();
  await expect(page).toHaveURL("/tokens?q=alpha&env=staging");
  await page.getByRole("button", { name: "Remove the filter staging" }).press("Enter");
  const filter = page.getByRole("button", { name: "Filter", exact: true });
  await expect(filter).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Filter and sort" })).toBeVisible();
  // It would come up under what is open.
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Commands" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(filter).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Find or do something" })).toBeVisible();
});
