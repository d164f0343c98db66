import { type BrowserContext, test as base, expect, type Page, type Response } from "@playwright/test";
import { DeskClient } from "../../scripts/desk-client";
import { type DeskProcess, type DeskProcessOptions, startDeskProcess } from "../support/desk-process";
import { type Guard, makeGuard } from "./support/guard";
import { addPerson, type NewPerson, type Person } from "./support/people";
import { startWire, type Wire } from "./support/wire";

/*
 * What every browser test stands on: the built desk beside a simulator of the portal (one for each worker), and a
 * browser that is watched. A test fails for anything that a person would find in the console, for every breach of
 * the content policy and for every call to another host, whether it looks for them or not.
 */

// A failure leaves no description of its page behind either: it could hold what somebody typed.
process.env.PLAYWRIGHT_NO_COPY_PROMPT = "1";

/** Where this worker's desk is. */
let deskUrl = "";

type Fixtures = {
  wire: Wire;
  guard: Guard;
  /** Makes a portal user of this test's own. */
  newPerson: (input?: NewPerson) => Promise<Person>;
  /** Somebody else's browser, watched as well. */
  otherBrowser: () => Promise<BrowserContext>;
};

type WorkerFixtures = {
  /** For a file that needs a desk of its own; such a desk is shared with no other file. */
  deskOptions: DeskProcessOptions;
  desk: DeskProcess;
};

export const test = base.extend<Fixtures, WorkerFixtures>({
  deskOptions: [{}, { option: true, scope: "worker" }],
  desk: [
    async ({ deskOptions }, use) => {
      const desk = await startDeskProcess(deskOptions);
      deskUrl = desk.baseUrl;
      await use(desk);
      await desk.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  wire: async ({ desk }, use) => {
    const wire = await startWire(desk.baseUrl);
    await use(wire);
    await wire.stop();
  },
  guard: async ({ wire, desk }, use, testInfo) => {
    const guard = makeGuard(wire);
    await use(guard);
    // What the desk logged as an error is fit to print, and often says why.
    if (testInfo.status !== testInfo.expectedStatus || guard.problems().length > 0)
      console.error(errorsIn(desk.output()).slice(-5).join("\n"));
    expect(guard.problems(), "what went wrong in the browser").toEqual([]);
  },
  baseURL: async ({ desk }, use) => use(desk.baseUrl),
  proxy: async ({ wire }, use) => use({ server: wire.url }),
  // Nothing moves, so that nothing has to be waited for.
  contextOptions: { reducedMotion: "reduce" },
  context: async ({ context, guard }, use) => {
    await guard.watch(context);
    await use(context);
  },
  // What opens a page begins when the page can be used.
  page: async ({ page }, use) => {
    for (const name of ["goto", "reload"] as const) {
      const open = page[name].bind(page) as (...given: unknown[]) => Promise<Response | null>;
      Object.assign(page, {
        async [name](...given: unknown[]) {
          const response = await open(...given);
          await untilAlive(page);
          return response;
        },
      });
    }
    await use(page);
  },
  newPerson: async ({ desk }, use) => {
    await use((input) => addPerson(desk, input));
    // Other tests of this worker meet the same portal.
    await desk.portal.clearFaults();
  },
  otherBrowser: async ({ browser, baseURL, wire, guard }, use) => {
    const opened: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({
        baseURL,
        proxy: { server: wire.url },
        reducedMotion: "reduce",
      });
      await guard.watch(context);
      opened.push(context);
      return context;
    });
    for (const context of opened) await context.close();
  },
});

export { expect };

const errorsIn = (output: string): string[] =>
  output.split("\n").filter((line) => /^\{"level":[56]0\b/.test(line));

/** A document is there before its script has taken it over: until then a key is pressed in vain. */
async function untilAlive(page: Page): Promise<void> {
  const isAlive = () => {
    const heading = document.querySelector("h1");
    return heading === null || Object.keys(heading).some((key) => key.startsWith("__reactFiber"));
  };
  // While it leads on to another page it cannot be asked.
  await expect(async () => expect(await page.evaluate(isAlive)).toBe(true)).toPass({ timeout: 15_000 });
}

/** Fills the sign-in form in and sends it, whatever comes of it. */
export async function fillSignIn(page: Page, { userName, password }: Omit<Person, "tokens">): Promise<void> {
  await page.getByRole("radio", { name: "Simulator" }).check();
  await page.getByLabel("E-mail").fill(userName);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Signs a person in through the real form, and waits for the page that they come to. */
export async function signInByForm(page: Page, person: Person, next = "/tokens"): Promise<void> {
  await page.goto(next === "/tokens" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}`);
  await fillSignIn(page, person);
  await page.waitForURL(next);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await untilAlive(page);
}

/** Gives the browser a person's session, for what begins behind the form, and opens the page. */
export async function signIn(page: Page, person: Person, next = "/tokens"): Promise<void> {
  const client = new DeskClient(deskUrl);
  const { userName: username, password } = person;
  const headers = { "User-Agent": await page.evaluate(() => navigator.userAgent) };
  const { status, text } = await client.signIn({ portal: "sim", username, password }, headers);
  expect(status, text).toBe(200);
  const cookies = [...client.cookies].map(([name, value]) => ({ name, value, url: deskUrl, httpOnly: true }));
  await page.context().addCookies(cookies);
  await page.goto(next);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await untilAlive(page);
}

/** The row of the token with this name. */
export const rowOf = (page: Page, name: string | RegExp) =>
  page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: typeof name === "string" }) });

/** Opens the menu of a row. */
export async function openRowMenu(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: `Actions for ${name}`, exact: true }).click();
  await expect(page.getByRole("menu")).toBeVisible();
}

/** Asks the desk itself from within the page, as its own scripts do. */
export async function callDesk(
  page: Page,
  method: string,
  path: string,
  json?: unknown,
): Promise<{ status: number; body: unknown }> {
  return page.evaluate(
    async ([verb, url, body]) => {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(url, { method: verb, headers: body === undefined ? {} : headers, body });
      return { status: answer.status, body: await answer.json().catch(() => undefined) };
    },
    [method, path, json === undefined ? undefined : JSON.stringify(json)] as [
      string,
      string,
      string | undefined,
    ],
  );
}

/** What is in the clipboard, pasted into an empty page as a person would: our own pages may not read it. */
export async function clipboardOf(context: BrowserContext): Promise<string> {
  const pad = await context.newPage();
  await pad.setContent("<textarea></textarea>");
  await pad.getByRole("textbox").focus();
  await pad.keyboard.press("Control+v");
  const text = await pad.getByRole("textbox").inputValue();
  await pad.close();
  return text;
}
