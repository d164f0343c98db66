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
