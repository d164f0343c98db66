import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  expect,
  type Page,
  test,
} from "@playwright/test";
import { httpsHome, startHttpsDesk } from "../attacks/support/https-desk";
import { selfSigned } from "../integration/portal/self-signed";
import { findBrowser, quietBrowser } from "../support/browser";
import { type DeskProcess, startDeskProcess } from "../support/desk-process";
import { freePort } from "../support/free-port";
import { type FrontProxy, startFrontProxy } from "../support/front-proxy";
import { fillSignIn } from "./fixtures";
import { expectAccessible } from "./support/axe";
import { addPerson } from "./support/people";

/* What a browser makes of a desk behind a proxy, with the proxy there. */

type Front = Omit<Parameters<typeof startFrontProxy>[0], "to">;
type Fronts = { http?: Front; https?: Front };

const host = new URL(httpsHome).host;
let desk: DeskProcess;
let opened: { stop(): Promise<void> }[] = [];
test.beforeAll(async () => {
  desk = await startHttpsDesk();
});
test.afterEach(async () => {
  for (const { stop } of opened) await stop();
  opened = [];
});
test.afterAll(() => desk?.stop());

const front = async (options: Parameters<typeof startFrontProxy>[0]): Promise<FrontProxy> => {
  const proxy = await startFrontProxy(options);
  opened.push(proxy);
  return proxy;
};

/** A page of a browser that finds the https desk by its name, behind these proxies. */
async function pageBehind(fronts: Fronts, options: BrowserContextOptions = {}): Promise<Page> {
  const plain = await front({ to: desk.port, ...fronts.http });
  const secure = await front({ to: desk.port, tls: selfSigned(host), ...fronts.https });
  const rules = `MAP ${host}:80 127.0.0.1:${plain.port},MAP ${host}:443 127.0.0.1:${secure.port}`;
  const browser: Browser = await chromium.launch({
    executablePath: findBrowser(),
    args: [...quietBrowser, `--host-resolver-rules=${rules}`],
  });
  opened.unshift({ stop: () => browser.close() });
  const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: "reduce", ...options });
  return context.newPage();
}

test("a proxy that hides the host is told of on the page, and the page needs nothing that the proxy hides", async ({
  browser,
}) => {
  const port = await freePort();
  const home = `http://127.0.0.1:${port}`;
  const hidden = await startDeskProcess({ env: { TOKENDESK_URL: home } });
  opened.push({ stop: async () => void (await hidden.stop()) });
  await front({ to: hidden.port, port, headers: { Host: `127.0.0.1:${hidden.port}` } });
  for (const [colorScheme, width] of [
    ["light", 1_280],
    ["dark", 390],
  ] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 844 } });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    const answer = await page.goto(`${home}/tokens`);
    expect(answer?.status()).toBe(421);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(
      "The proxy in front of this desk hides its address",
    );
    await expect(page.getByText(`Host: 127.0.0.1:${hidden.port}`)).toBeVisible();
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(problems.filter((text) => !text.includes("421"))).toEqual([]);
    await context.close();
  }
});

test("a desk is signed in to and worked with behind a proxy that asks for a password itself", async () => {
  const page = await pageBehind(
    { https: { credentials: "desk:front-password" } },
    { httpCredentials: { username: "desk", password: "front-password" } },
  );
  await page.goto(`${httpsHome}/sign-in`);
  await fillSignIn(page, await addPerson(desk, { firstName: "Ann" }));
  await page.waitForURL(`${httpsHome}/tokens`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("whoever opens a desk by http types their password by https, though no proxy says anything", async () => {
  const page = await pageBehind({});
  await page.goto(`http://${host}/tokens`);
  await page.waitForURL(`${httpsHome}/sign-in`);
  await fillSignIn(page, await addPerson(desk, { firstName: "Ann" }));
  await page.waitForURL(`${httpsHome}/tokens`);
});

test("where https leads back to http nobody goes in circles, and no password is sent", async () => {
  const page = await pageBehind({ https: { leadsTo: `http://${host}` } });
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") sent.push(request.url());
  });
  await page.goto(`http://${host}/sign-in`);
  await page.waitForURL(`http://${host}/sign-in#by-https`);
  await page.getByLabel("E-mail").fill("ann@demo.example");
  await page.getByLabel("Password", { exact: true }).fill("not-by-http");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForLoadState("networkidle");
  expect(sent.filter((url) => !url.startsWith("https:") && !url.endsWith("/api/csp-report"))).toEqual([]);
  expect((await desk.portal.calls({ endpoint: "login" })).map(({ userName }) => userName)).not.toContain(
    "ann@demo.example",
  );
});

for (const [what, withholds] of [
  ["no cookie at all", "tokendesk"],
  ["no cookie of a session", "session"],
])
  test(`a browser that keeps ${what} is told so`, async () => {
    const page = await pageBehind({ https: { withholds } });
    await page.goto(`${httpsHome}/sign-in`);
    await fillSignIn(page, await addPerson(desk, { firstName: "Ann" }));
    await expect(page.getByText("This browser keeps no cookies of the desk")).toBeVisible();
    await expect(page.getByText("Allow cookies for this address")).toBeVisible();
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeEnabled();
    expect(page.url()).toBe(`${httpsHome}/sign-in`);
  });
