import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { probeHeader } from "@/lib/server/http/signed-probe";
import { DeskClient } from "../../../scripts/desk-client";
import { runCommand } from "../../support/command";
import { type DeskProcess, startDeskProcess } from "../../support/desk-process";
import { saidByDoctor, type Variables } from "../../support/doctor";
import { freePort } from "../../support/free-port";
import { startFrontProxy } from "../../support/front-proxy";
import { rawRequest } from "../../support/raw-request";
import { changesBetween, viewStore } from "../../support/store-rows";
import { selfSigned } from "../portal/self-signed";

/* `npm run doctor` beside a desk that runs, behind a proxy: it asks the desk what arrives. */

const told = { "x-forwarded-for": "203.0.113.9" };
let desk: DeskProcess;
let frontPort: number;
let env: Variables;
beforeAll(async () => {
  frontPort = await freePort();
  const own = {
    TOKENDESK_URL: `http://localhost:${frontPort}`,
    TOKENDESK_SECRET: newSecret(),
    TOKENDESK_ALLOW: "sim",
    TRUSTED_PROXY_HOPS: "1",
  };
  desk = await startDeskProcess({ env: own });
  env = {
    ...own,
    NODE_ENV: "test",
    PORT: String(desk.port),
    TOKENDESK_DATA: desk.dataDir,
    PORTALS: JSON.stringify([{ id: "sim", name: "Simulator", baseUrl: desk.simulator.baseUrl }]),
  };
});
afterAll(() => desk?.stop());

async function inFront(more: Partial<Parameters<typeof startFrontProxy>[0]> = {}) {
  const front = await startFrontProxy({ to: desk.port, port: frontPort, headers: told, ...more });
  onTestFinished(() => front.stop());
}

test("one that is as it should be has nothing to mend, and nothing is done there", async () => {
  await inFront();
  const ann = new DeskClient(env.TOKENDESK_URL ?? "");
  expect((await desk.trySignIn(ann, "ann")).status).toBe(200);
  const calls = async () => (await desk.portal.calls()).length;
  const view = viewStore(desk);
  onTestFinished(() => view.close());
  const [before, asked] = [view.read(), await calls()];
  const { code, output } = await runCommand("scripts/doctor.ts", env);
  expect([code, output]).toEqual([0, expect.stringMatching(/\nNothing to mend, 2 not looked at\.\n$/)]);
  for (const words of [
    `✓ a desk runs at 127.0.0.1:${desk.port}, and is ready`,
    `✓ http://localhost:${frontPort} leads to this desk`,
    "✓ the desk sees by which name, scheme and address it is asked",
    "✓ the secret opens the store",
  ])
    expect(output).toContain(words);
  expect(changesBetween(before, view.read())).toEqual([]);
  expect((await calls()) - asked).toBe(1);
  expect(output).not.toContain(env.TOKENDESK_SECRET);
  expect(output).not.toMatch(/ann/i);
});

test("what its proxy hides is told, as the desk saw it", async () => {
  await inFront({ headers: { host: "upstream:3000" }, drops: ["authorization"] });
  const said = (await saidByDoctor(env))["The proxy in front"];
  expect(said).toContainEqual(
    expect.stringMatching(
      /^✗ the proxy hides .*: Host arrives as "upstream:3000", and localhost:\d+ is wanted\./,
    ),
  );
});

// Next gives a request both headers where a proxy gave it neither.
test("what its proxy does not say is told as that, and not as what the framework makes of it", async () => {
  await inFront({ headers: {} });
  expect((await saidByDoctor(env))["The proxy in front"]).toContainEqual(
    expect.stringMatching(/^✗ X-Forwarded-For does not arrive, and TRUSTED_PROXY_HOPS is 1, /),
  );
});

test("a desk whose address is https, behind a proxy that says nothing, is told what is missing and no more", async () => {
  const port = await freePort();
  const own: Variables = { ...env, TOKENDESK_URL: `https://localhost:${port}`, TRUSTED_PROXY_HOPS: "0" };
  const { TOKENDESK_URL = "", TOKENDESK_SECRET = "", TOKENDESK_ALLOW = "", TRUSTED_PROXY_HOPS } = own;
  const other = await startDeskProcess({
    env: { TOKENDESK_URL, TOKENDESK_SECRET, TOKENDESK_ALLOW, TRUSTED_PROXY_HOPS },
  });
  onTestFinished(() => void other.stop());
  const day = 86_400_000;
  const tls = selfSigned("localhost", { from: Date.now() - day, to: Date.now() + 90 * day });
  const front = await startFrontProxy({ to: other.port, port, tls });
  onTestFinished(() => front.stop());
  const authority = join(other.dataDir, "ca.pem");
  writeFileSync(authority, tls.cert);
  const { output } = await runCommand("scripts/doctor.ts", {
    ...own,
    PORT: String(other.port),
    TOKENDESK_DATA: other.dataDir,
    NODE_EXTRA_CA_CERTS: authority,
  });
  const [, said] = output.split("The proxy in front\n");
  expect(said?.match(/^ {2}[✓!✗–] .*$/gm)).toEqual([
    `  ✓ https://localhost:${port} leads to this desk`,
    expect.stringMatching(/^ {2}! X-Forwarded-Proto does not arrive, so that/),
  ]);
});

test("one that was started with another configuration is told to be restarted", async () => {
  await inFront();
  const said = await saidByDoctor({ ...env, TRUSTED_PROXY_HOPS: "2" });
  expect(said["The proxy in front"]).toEqual([
    expect.stringMatching(/^✓ http:\S+ leads to this desk/),
    expect.stringMatching(
      /^! the running desk was started with another TRUSTED_PROXY_HOPS \(1\), .* restart/,
    ),
  ]);
});

test.each<[string, Parameters<typeof inFront>[0], RegExp]>([
  [
    "knows no way to its pages",
    { answersItself: ({ url }) => (url === "/sign-in" ? 404 : undefined) },
    /^✗ http:\S+\/sign-in is answered with status 404 through the proxy, and with 200 by the desk/,
  ],
  [
    "lets nothing be sent",
    { answersItself: ({ method }) => (method === "POST" ? 403 : undefined) },
    /^✗ a POST to \S+ is answered by the proxy itself \(status 403\), so that nobody can sign in/,
  ],
  [
    "hides which page sends",
    { drops: ["origin", "sec-fetch-site"] },
    /^✗ the proxy takes Sec-Fetch-Site and Origin away/,
  ],
  [
    "drops what the doctor signs",
    { drops: [probeHeader] },
    /^! the desk behind \S+ does not know .*, or the proxy drops X-Tokendesk-Doctor;/,
  ],
])("behind a proxy that %s is told so", async (_, front, words) => {
  await inFront(front);
  expect((await saidByDoctor(env))["The proxy in front"]).toContainEqual(expect.stringMatching(words));
});

test("whose cookies do not get to browsers is told so", async () => {
  await inFront({ withholds: "csrf" });
  expect((await saidByDoctor(env))["The proxy in front"]).toContainEqual(
    expect.stringMatching(/^✗ the proxy keeps the desk's cookies from browsers/),
  );
});

test("with another configuration than the desk's the doctor says that it is another store's", async () => {
  await inFront();
  const said = await saidByDoctor({ ...env, TOKENDESK_DATA: `${desk.dataDir}/elsewhere` });
  expect(said["The desk itself"]).toEqual([
    expect.stringMatching(
      /^✗ a desk runs at .*, and works on another store than this: give this command the same/,
    ),
  ]);
  expect(said["The proxy in front"]).toContainEqual(
    expect.stringMatching(/^! what the desk sees of a request/),
  );
});

// By what arrives a stranger could learn which addresses are believed, and claim one of them.
test("whoever does not sign their probe is told what everybody is told", async () => {
  for (const value of ["", `${Date.now()}.`, `${Date.now()}.${newSecret()}`]) {
    const { status, text } = await rawRequest(desk.port, "/api/health/live", {
      headers: { [probeHeader]: value },
    });
    expect([status, text]).toEqual([200, '{"ok":true}']);
  }
});
