import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { clipboardOf, expect, openRowMenu, rowOf, signIn, signInByForm, test } from "./fixtures";
import { cookiesOf, keptBy, received } from "./support/kept";
import { leadRoles, mintFor } from "./support/people";
import { Secrets } from "./support/secrets";
import { ageProof, withoutAudit } from "./support/store";

/* The promises of the README, each as a person at a browser would hold us to it. */

const root = resolve(import.meta.dirname, "../..");
const everyHay = async (page: Page, wire: Parameters<typeof received>[0]) => [
  ...received(wire),
  ...(await keptBy(page)),
  ...(await cookiesOf(page.context())),
];

test.describe("1. No portal credential reaches a browser.", () => {
  // The portal's credentials open everything that its users may do, for as long as they live. A script in the page, an
  // extension, a shared computer or a stolen profile must not find one.
  test("none is in anything that the browser received or kept, but for the answers to Copy", async ({
    page,
    wire,
    desk,
    newPerson,
    guard,
  }) => {
    test.setTimeout(120_000);
    guard.allowStatus(401, 403);
    const secrets = new Secrets();
    const ann = await newPerson({ name: "ann", tokens: { prefixed: 2, bare: 1, unforeseen: 1 } });
    const crm = await newPerson({ name: "crm", tokens: { prefixed: 1 } });
    await mintFor(desk, ann, ["to copy", "to check", "to revoke", "to refuse"]);
    await page.context().grantPermissions(["clipboard-write"]);

    await test.step("sign in", async () => {
      await page.goto("/sign-in");
      await page.getByRole("radio", { name: "Simulator" }).check();
      await page.getByLabel("E-mail").fill(ann.userName);
      await page.getByLabel("Password", { exact: true }).fill("not it");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await expect(page.getByRole("alert").first()).toContainText("is not right");
      await signInByForm(page, ann);
      await secrets.note(desk);
    });
    await test.step("mint", async () => {
      await page.getByRole("button", { name: /^Mint/ }).click();
      await page.getByRole("textbox", { name: "Name" }).fill("billing");
      await page.getByRole("button", { name: "Mint token", exact: true }).click();
      await expect(page.getByRole("dialog", { name: "It is there" })).toBeVisible();
      await page.getByRole("button", { name: "Done" }).click();
      await secrets.note(desk);
    });
    await test.step("copy, proving the password again", async () => {
      ageProof(desk, ann.userName);
      await page.getByRole("button", { name: "Copy to copy", exact: true }).click();
      const proof = page.getByRole("dialog", { name: "Confirm that it is you" });
      await proof.getByLabel("Password", { exact: true }).fill("wrong again");
      await proof.getByRole("button", { name: "Continue" }).click();
      await expect(proof.getByText("The portal did not accept this password.")).toBeVisible();
      await proof.getByLabel("Password", { exact: true }).fill(ann.password);
      await proof.getByRole("button", { name: "Continue" }).click();
      await expect(page.getByText("Copied. It stays in this computer's clipboard")).toBeVisible();
      await openRowMenu(page, "to copy");
      await page.getByRole("menuitem", { name: "Copy as curl command" }).click();
      await expect.poll(() => clipboardOf(page.context())).toContain("curl ");
    });
    await test.step("paste one into the search, and one into the palette", async () => {
      await paste(page, page.getByRole("searchbox"), ann.tokens[0] ?? "");
      await expect(page.getByText("This is the token that you pasted")).toBeVisible();
      await page.getByRole("button", { name: "Show the list" }).click();
      await page.keyboard.press("Control+k");
      await paste(page, page.getByRole("combobox"), crm.tokens[0] ?? "");
      await expect(
        page.getByText("This desk does not know this token, or it is not yours to see."),
      ).toBeVisible();
      await page.keyboard.press("Escape");
    });
    await test.step("check, label, open", async () => {
      await openRowMenu(page, "to check");
      await page.getByRole("menuitem", { name: "Check now" }).click();
      await expect(page.getByText(/, answered in \d+ ms/).first()).toBeVisible();
      await rowOf(page, "to check").getByRole("link", { name: "to check" }).click();
      await expect(page.getByRole("heading", { level: 1, name: "to check" })).toBeVisible();
      await page.getByRole("link", { name: "Tokens", exact: true }).first().click();
    });
    await test.step("revoke, by row and by value, and be refused", async () => {
      await openRowMenu(page, "to revoke");
      await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
      await page.getByRole("radio", { name: "Unused" }).check();
      await page.getByRole("button", { name: "Revoke token" }).click();
      await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
      await page.getByRole("button", { name: "Done" }).click();
      await revokeByValue(page, ann.tokens[1] ?? "");
      await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible();
      await page.getByRole("button", { name: "Done" }).click();
      await revokeByValue(page, crm.tokens[0] ?? "");
      await expect(page.getByText("The portal does not let you do this")).toBeVisible();
      await page.getByRole("button", { name: "Cancel" }).click();
    });
    await test.step("connect another user, and read the trail", async () => {
      await page.goto("/connections?connect=new");
      const dialog = page.getByRole("dialog", { name: "Connect another API user" });
      await dialog.getByLabel("Portal").selectOption({ label: "Simulator" });
      await dialog.getByRole("textbox", { name: "E-mail" }).fill(crm.userName);
      await dialog.getByLabel("Password", { exact: true }).fill(crm.password);
      await dialog.getByRole("button", { name: "Connect", exact: true }).click();
      await expect(page.getByRole("button", { name: `Disconnect ${crm.userName}` })).toBeVisible();
      await secrets.note(desk);
      await page.goto("/audit");
      await expect(page.getByRole("heading", { name: "Audit trail" })).toBeVisible();
      for (const format of ["csv", "jsonl"]) {
        await page.evaluate(
          (url) => fetch(url).then((answer) => answer.text()),
          `/api/audit/export?format=${format}`,
        );
      }
      await page.goto("/tokens");
      await expect(rowOf(page, "billing")).toBeVisible();
    });
    await secrets.note(desk);

    const found = secrets.find(await everyHay(page, wire));
    const answersToCopy = wire.exchanges.filter(
      ({ path, status }) => path.endsWith("/copy") && status === 200,
    );
    expect(answersToCopy).toHaveLength(2);
    const elsewhere = found.filter(
      (line) => !/in POST \S+\/api\/tokens\/tok_[a-z2-7]+\/copy \(200\)$/.test(line),
    );
    expect(elsewhere).toEqual([]);
    for (const answer of answersToCopy) {
      const there = secrets.find([{ where: "the answer", text: answer.body }]);
      expect(new Set(there.map((line) => line.split(",")[0])).size, "one value for each press").toBe(1);
    }
    expect(secrets.find([{ where: "the desk's own output", text: desk.output() }])).toEqual([]);
  });

  test("the search would have found one", async ({ page, wire, desk, newPerson }) => {
    // A search that finds nothing anywhere would pass the test above for ever.
    const ann = await newPerson({ tokens: { prefixed: 1 } });
    const secrets = new Secrets();
    await secrets.note(desk);
    await signIn(page, ann);
    const token = ann.tokens[0] ?? "";
    const forms = [token, btoa(`padding ${token}`), btoa(token), Buffer.from(token).toString("hex")];
    for (const planted of forms) {
      expect(secrets.find([{ where: "a text", text: `before ${planted} after` }])).not.toEqual([]);
    }
    expect(secrets.find(await keptBy(page))).toEqual([]);
    await page.evaluate((value) => sessionStorage.setItem("planted", value), token);
    expect(secrets.find(await keptBy(page)).join()).toContain("sessionStorage");
    await page.evaluate(() => sessionStorage.clear());
    await page.getByRole("searchbox").fill(ann.password);
    const kept = secrets.find(await keptBy(page)).join();
    for (const where of ["the fields", "React's tree", "document"]) expect(kept).toContain(where);
    expect(received(wire).length).toBeGreaterThan(5);
  });

  test("the session cookie, opened with the desk's own key, holds a random id", async ({
    page,
    desk,
    newPerson,
  }) => {
    // Whoever steals cookie and key together still holds nothing that the portal would take.
    const ann = await newPerson({ tokens: { prefixed: 1 } });
    await signIn(page, ann);
    const secrets = new Secrets();
    await secrets.note(desk);
    const cookie = (await page.context().cookies()).find(({ name }) => name.startsWith("tokendesk.session"));
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
    expect(cookie?.value.length).toBeLessThan(4096);
    const opened = openCookie(desk.dataDir, cookie?.value ?? "");
    const claims = JSON.parse(opened) as Record<string, unknown>;
    expect(["sub", "sid", "iat", "exp", "jti"]).toEqual(expect.arrayContaining(Object.keys(claims)));
    // 128 bits at least, whatever the letters.
    expect(String(claims.sid).length).toBeGreaterThanOrEqual(22);
    expect(opened).not.toContain(ann.userName);
    expect(secrets.find([{ where: "the cookie", text: opened }])).toEqual([]);
    expect(await page.evaluate(() => document.cookie)).not.toContain("session");
  });

  test("what is built for the browser knows nothing of how the portal is spoken to", () => {
    // Server code in a bundle is the first step to a secret in a bundle.
    const folder = join(root, process.env.NEXT_DIST_DIR || ".next", "static");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    );
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const text = readFileSync(join(file.parentPath, file.name), "utf8");
      expect(text, file.name).not.toMatch(/x-auth-token: |vacd\.biz|virtualacd|admin\/token/i);
      expect(file.name).not.toMatch(/\.map$/);
    }
  });
});

test("2. The desk's database is not worth stealing.", async ({ desk, newPerson, page }) => {
  // A copy of the database is lost sooner or later: in a backup, on a disk, by a query too many.
  const ann = await newPerson({ tokens: { prefixed: 2, bare: 1 } });
  await mintFor(desk, ann, ["sealed"]);
  await signIn(page, ann);
  await expect(rowOf(page, "sealed")).toBeVisible();
  const secrets = new Secrets();
  await secrets.note(desk);
  const files = readdirSync(desk.dataDir).filter((name) => name.startsWith("tokendesk.db"));
  expect(files.length).toBeGreaterThan(0);
  const hay = files.map((name) => ({ where: name, text: readFileSync(join(desk.dataDir, name), "latin1") }));
  expect(secrets.find(hay)).toEqual([]);

  await rowOf(page, "sealed").getByRole("link", { name: "sealed" }).click();
  await expect(page.getByText("Kept, encrypted: a lead can revoke it without the value")).toBeVisible();
});

test("3. The portal decides.", async ({ page, desk, newPerson, guard }) => {
  // The desk must not become a way around the portal's own rights.
  guard.allowStatus(403);
  const lead = await newPerson({ name: "lead", roles: leadRoles });
  const ann = await newPerson({ name: "ann", parent: lead, tokens: { prefixed: 1 } });
  await mintFor(desk, ann, ["of the team"]);
  await desk.portal.addFault({ endpoint: "revoke", kind: "status", status: 403, userName: lead.userName });
  await signIn(page, lead);
  await openRowMenu(page, "of the team");
  await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
  await page.getByRole("radio", { name: "Compromised" }).check();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByText("The portal does not let you do this")).toBeVisible();
  const { tokens } = await desk.portal.user(ann.userName);
  expect(tokens).toHaveLength(2);
  // It was asked with the lead's own credential, and with nobody else's.
  const calls = await desk.portal.calls({ endpoint: "revoke" });
  const asked = calls.filter(({ userName }) => userName === lead.userName || userName === ann.userName);
  expect(asked.map(({ userName }) => userName)).toEqual([lead.userName]);
});

test("4. No minted token is lost or silently doubled, and nothing is called revoked before the portal shows that it is gone.", async ({
  page,
  desk,
  newPerson,
}) => {
  const ann = await newPerson();
  await signIn(page, ann);
  await desk.portal.addFault({ endpoint: "mint", kind: "reset-after", userName: ann.userName });
  await page.getByRole("button", { name: "Mint the first token" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("half-way");
  await page.getByRole("button", { name: "Mint token", exact: true }).click();
  await expect(
    page
      .getByRole("dialog")
      .getByText(/Finding out|Found again: please confirm/)
      .first(),
  ).toBeVisible();
  await expect(page.getByText("Found again: please confirm")).toBeVisible({ timeout: 20_000 });
  await page.getByRole("button", { name: "Done" }).click();
  expect((await desk.portal.user(ann.userName)).tokens).toHaveLength(1);

  // The portal says yes and does nothing: the desk must not believe it.
  await desk.portal.addFault({ endpoint: "revoke", kind: "false", count: null, userName: ann.userName });
  await openRowMenu(page, "half-way");
  await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
  await page.getByRole("radio", { name: "Unused" }).check();
  await page.getByRole("button", { name: "Revoke token" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoking" });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByText("The desk goes on by itself")).toBeVisible();
  expect((await desk.portal.user(ann.userName)).tokens).toHaveLength(1);
  await desk.portal.clearFaults();
  await expect(page.getByRole("dialog", { name: "Revoked" })).toBeVisible({ timeout: 30_000 });
  expect((await desk.portal.user(ann.userName)).tokens).toHaveLength(0);
});

test("5. What cannot be audited does not happen.", async ({ page, desk, newPerson, guard }) => {
  // An action that leaves no trace is what an attacker wants, and what nobody can answer for afterwards.
  guard.allowStatus(500, 503);
  const ann = await newPerson();
  await mintFor(desk, ann, ["kept"]);
  await signIn(page, ann);
  await expect(rowOf(page, "kept")).toBeVisible();
  await page.context().grantPermissions(["clipboard-write"]);
  await page.evaluate(() => navigator.clipboard.writeText("before"));
  await desk.portal.clearCalls();
  await withoutAudit(desk, async () => {
    await page.getByRole("button", { name: "Copy kept", exact: true }).click();
    await expect(page.getByRole("region", { name: "Notifications" })).toContainText(
      "Not copied. This could not be written into the audit trail",
    );

    await page.getByRole("button", { name: /^Mint/ }).first().click();
    const mint = page.getByRole("dialog", { name: "Mint a token" });
    await mint.getByRole("textbox", { name: "Name" }).fill("never");
    await mint.getByRole("button", { name: "Mint token", exact: true }).click();
    await expect(
      mint.getByText("This could not be written into the audit trail, so it was not done"),
    ).toBeVisible();
    await mint.getByRole("button", { name: "Cancel" }).click();

    await openRowMenu(page, "kept");
    await page.getByRole("menuitem", { name: /^Revoke…/ }).click();
    const question = page.getByRole("alertdialog", { name: /^Revoke / });
    await question.getByRole("radio", { name: "Unused" }).check();
    await question.getByRole("button", { name: "Revoke token" }).click();
    await expect(question.getByText("This could not be written into the audit trail")).toBeVisible();
    await question.getByRole("button", { name: "Cancel" }).click();
  });
  expect(await clipboardOf(page.context())).toBe("before");
  for (const endpoint of ["mint", "revoke"] as const)
    expect(await desk.portal.calls({ endpoint, userName: ann.userName })).toEqual([]);
  expect((await desk.portal.user(ann.userName)).tokens).toHaveLength(1);

  await page.goto("/audit");
  await page.getByRole("button", { name: "Check again" }).click();
  await expect(page.getByText("Whole.")).toBeVisible();
});

async function paste(page: Page, field: ReturnType<Page["getByRole"]>, value: string): Promise<void> {
  await page.evaluate((text) => navigator.clipboard.writeText(text), value);
  await field.focus();
  await page.keyboard.press("Control+v");
}

async function revokeByValue(page: Page, value: string): Promise<void> {
  await page.getByRole("button", { name: "Compromised token?" }).click();
  const dialog = page.getByRole("dialog", { name: "Compromised token?" });
  await dialog.getByLabel("Token", { exact: true }).fill(value);
  await dialog.getByRole("button", { name: "Revoke token" }).click();
}

function openCookie(dataDir: string, cookie: string): string {
  const script = fileURLToPath(import.meta.resolve("./support/open-cookie.ts"));
  return execFileSync(process.execPath, ["--conditions=react-server", "--import", "tsx", script, dataDir], {
    cwd: root,
    input: cookie,
    encoding: "utf8",
  });
}
