import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import type { FaultInput } from "@/lib/simulator/fault-rules";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { builtFolder } from "../../../scripts/ensure-build";
import { startHostileDesk } from "../../attacks/support/hostile-portal";
import { addPerson, apiAs, type Person } from "../../e2e/support/people";
import { selfSigned } from "../portal/self-signed";
import { formsOf } from "../services/secret-forms";

/*
 * What the process prints goes into journals, log collectors and tickets: whoever reads there must not find a token, a
 * password, a session or the desk's own secret, whatever went wrong and whoever printed it.
 */

/** Which secrets stand in a text, in a form that is not a hash, by name. */
function leaked(text: string, secrets: Map<string, string>): string[] {
  const seen = text.toLowerCase();
  return [...secrets].flatMap(([name, value]) =>
    formsOf(value).some((form) => form.length >= 6 && seen.includes(form.toLowerCase())) ? [name] : [],
  );
}

/** Everything of ann's that must not be printed, after she used it all; one of her tokens has an unforeseen form. */
async function secretsOfAnn(desk: DeskProcess, ownSecret: string): Promise<Map<string, string>> {
  const { userName, password } = desk.simulator.seed.user("ann");
  await desk.portal.addTokens(userName, { unforeseen: 1 });
  const ann = await desk.signedIn("ann");
  await ann.get("/api/tokens");
  const { tokens, authTokens } = await desk.portal.user(userName);
  return new Map([
    ["password", password],
    ["secret", ownSecret],
    ...tokens.map((value, at): [string, string] => [`token ${at}`, value]),
    ...authTokens.map(({ value }, at): [string, string] => [`authToken ${at}`, value]),
    ...[...ann.cookies].map(([name, value]): [string, string] => [`cookie ${name}`, value]),
  ]);
}

async function printEverything(scrubber: "on" | "off"): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-canaries-"));
  const file = join(folder, "canaries.json");
  const ownSecret = newSecret();
  const desk = await startDeskProcess({
    env: {
      NODE_OPTIONS: `--import=${resolve("tests/support/print-canaries.mjs")}`,
      TOKENDESK_SECRET: ownSecret,
      DESK: join(builtFolder(resolve(".")), "package.json"),
      CANARIES: file,
      SCRUBBER: scrubber,
    },
  });
  const secrets = await secretsOfAnn(desk, ownSecret);
  writeFileSync(file, JSON.stringify([...secrets.values()]));
  const ann = await desk.signedIn("ann");
  desk.child.kill("SIGUSR2");
  await expect.poll(desk.output, { timeout: 10_000 }).toContain("uncaught exception");
  // A page's, a route's and the worker's own faults, printed by the framework and by our log.
  expect((await ann.get("/audit")).status).toBe(500);
  expect((await ann.get("/api/audit")).status).toBe(500);
  await expect.poll(desk.output, { timeout: 10_000 }).toContain("the worker met an error");
  for (const trace of ["console.error", "warning", "in two", "as bytes", "unhandled rejection", "store="])
    expect(desk.output()).toContain(trace);
  // The message of somebody else's error is for nobody.
  expect(desk.output()).not.toContain('"message":');
  const found = leaked(desk.output(), secrets);
  desk.child.kill("SIGKILL");
  await desk.stop();
  rmSync(folder, { recursive: true });
  return found;
}

it("a secret that is printed by whatever layer comes out masked", async () => {
  expect(await printEverything("on")).toEqual([]);
}, 60_000);

it("without the scrubber the same prints are found", async () => {
  const found = await printEverything("off");
  expect(found).toEqual(expect.arrayContaining(["password", "secret", "token 0", "authToken 0"]));
  expect(found.filter((name) => name.startsWith("cookie"))).toHaveLength(2);
}, 60_000);

/** What was answered, of a delete and after it, and what was printed; the token is in none of it. */
async function deleteLeaks(desk: DeskProcess, person: Person, spoil: () => unknown): Promise<string[]> {
  const [value = ""] = person.tokens;
  const client = await apiAs(desk, person);
  let answers = (await client.get("/api/tokens")).text;
  const { body } = await client.post("/api/tokens/identify", { token: value, asIs: true });
  const { items } = body as { items: { id: string }[] };
  await spoil();
  answers += (await client.delete(`/api/tokens/${items[0]?.id}`, { reason: "compromised" })).text;
  answers += (await client.get("/api/tokens")).text + (await client.get("/api/audit")).text;
  expect(answers).toContain(items[0]?.id);
  const secrets = new Map([["token", value]]);
  return [...leaked(answers, secrets), ...leaked(desk.output(), secrets)];
}

const faults: [string, FaultInput][] = [
  ["answers 500", { endpoint: "revoke", kind: "status", status: 500, count: null }],
  ["redirects", { endpoint: "revoke", kind: "redirect", location: "http://127.0.0.1:9/x", count: null }],
  ["cuts the connection", { endpoint: "revoke", kind: "reset-before", count: null }],
  ["never answers", { endpoint: "revoke", kind: "hang", count: null }],
];

// The portal wants the token in the path of the delete, and every library's error about it quotes the path.
describe("a token is in no output and no answer", () => {
  let desk: DeskProcess;
  beforeAll(async () => {
    desk = await startDeskProcess();
  });
  afterAll(async () => {
    desk.child.kill("SIGKILL");
    await desk.stop();
  });

  it.each(faults)(
    "when its delete %s",
    async (_how, fault) => {
      await desk.portal.clearFaults();
      // A portal that left too many calls without an answer is left alone for a while.
      const enters = async () => (await desk.trySignIn(desk.visitor(), "ben")).status;
      await expect.poll(enters).toBe(200);
      const person = await addPerson(desk, { tokens: { unforeseen: 1 } });
      expect(await deleteLeaks(desk, person, () => desk.portal.addFault(fault))).toEqual([]);
      // Those of the others are tried again meanwhile.
      const calls = await desk.portal.calls({ endpoint: "revoke" });
      expect(calls.map(({ userName }) => userName)).toContain(person.userName);
    },
    60_000,
  );
});

// Somebody puts themselves in between while the desk is at work: the certificate that it trusted is not theirs.
it("nor when it meets a certificate that nobody vouches for", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-ca-"));
  const file = join(folder, "ca.pem");
  const tls = selfSigned("localhost");
  writeFileSync(file, tls.cert);
  const { desk, portal, stop } = await startHostileDesk({
    tls,
    host: "localhost",
    env: { NODE_EXTRA_CA_CERTS: file },
  });
  const person = await addPerson(desk, { tokens: { unforeseen: 1 } });
  const found = await deleteLeaks(desk, person, () => portal.impersonate(selfSigned("localhost")));
  expect(found).toEqual([]);
  expect(await desk.portal.calls({ endpoint: "list" })).not.toEqual([]);
  expect(await desk.portal.calls({ endpoint: "revoke" })).toEqual([]);
  desk.child.kill("SIGKILL");
  await stop();
  rmSync(folder, { recursive: true });
}, 60_000);
