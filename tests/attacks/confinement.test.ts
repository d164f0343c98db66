import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import * as audit from "@/lib/contracts/audit";
import { health } from "@/lib/contracts/health";
import { labelTokensAnswer } from "@/lib/contracts/label-tokens";
import { peopleList } from "@/lib/contracts/people";
import * as sessions from "@/lib/contracts/sessions";
import * as tokens from "@/lib/contracts/tokens";
import { builtFolder } from "../../scripts/ensure-build";
import { Secrets } from "../e2e/support/secrets";
import { apiRows, askAll, type Outcome, pageRows } from "./support/matrix";
import { roles, type Stage, setStage } from "./support/stage";

/*
 * What an attacker looks for first: a place where the desk hands out what it keeps. A script in a page, a curious
 * colleague or a stolen session would need one answer with an authToken, a password or a token to act at the portal for
 * as long as that lives, past the desk and its audit trail.
 */

let stage: Stage;
const outcomes: Outcome[] = [];
const secrets = new Secrets();

const authReads = ["csrf", "session", "providers"].map((action) => `/api/auth/${action}`);

beforeAll(async () => {
  stage = await setStage();
  await secrets.note(stage.desk);
  for (const row of [...apiRows, ...pageRows]) {
    outcomes.push(...(await askAll(stage, row)));
    await secrets.note(stage.desk);
  }
  for (const role of roles)
    for (const path of authReads) {
      const answer = await stage.people[role].get(path);
      outcomes.push({ ...answer, body: answer.body, call: `GET ${path}`, role, path });
    }
});
afterAll(() => stage?.desk.stop());

const textOf = ({ path, headers, text }: Outcome) =>
  [path, ...[...headers].map((pair) => pair.join(": ")), text].join("\n");

describe("of everything that is asked by everybody", () => {
  it("exactly one answer has a secret of the portal in it: the owner's copy", () => {
    expect(outcomes.length).toBeGreaterThan(150);
    const found = outcomes.filter(
      (outcome) => secrets.find([{ where: outcome.call, text: textOf(outcome) }]).length > 0,
    );
    expect(found.map(({ call, role, status }) => [call, role, status])).toEqual([
      ["POST /api/tokens/[id]/copy", "owner", 200],
    ]);
    const [copy] = found;
    const inIt = secrets.find([{ where: "it", text: copy?.text ?? "" }]).map((line) => line.split(",")[0]);
    expect(new Set(inIt).size, "one value").toBe(1);
  });

  it("a copy cannot be asked for by an address alone", async () => {
    const { id } = await stage.mint();
    for (const method of ["GET", "HEAD", "PUT"])
      expect((await stage.people.owner.send(`/api/tokens/${id}/copy`, { method })).status).toBe(405);
  });

  it("nothing of it was printed", () => {
    expect(secrets.find([{ where: "the output", text: stage.desk.output() }])).toEqual([]);
  });
});

const empty = undefined;
/** What each call may answer. All schemas are strict: a field that is not named there fails. */
const answers: Record<string, z.ZodType | undefined> = {
  "POST /api/csp-report": empty,
  "GET /api/health/live": health,
  "GET /api/health/ready": health,
  "GET /api/metrics": empty,
  "GET /api/portals": sessions.portalList,
  "GET /api/audit": audit.auditPage,
  "GET /api/audit/export": empty,
  "GET /api/audit/verify": audit.auditVerification,
  "POST /api/connections": sessions.connection,
  "DELETE /api/connections/[id]": empty,
  "GET /api/operations/[id]": tokens.operation,
  "POST /api/operations/[id]/retry": tokens.operation,
  "GET /api/session": sessions.session,
  "POST /api/session/sign-out": empty,
  "POST /api/session/step-up": sessions.stepUpAnswer,
  "GET /api/sessions": sessions.sessionList,
  "DELETE /api/sessions/[id]": empty,
  "POST /api/sessions/end-others": sessions.othersEnded,
  "GET /api/tokens": tokens.tokenList,
  "POST /api/tokens": tokens.mintAnswer,
  "GET /api/tokens/[id]": tokens.token,
  "PATCH /api/tokens/[id]": tokens.token,
  "DELETE /api/tokens/[id]": tokens.revokeAnswer,
  "POST /api/tokens/[id]/check": tokens.checkAnswer,
  "POST /api/tokens/[id]/copy": tokens.copyAnswer,
  "POST /api/tokens/[id]/unseal": tokens.token,
  "POST /api/tokens/identify": tokens.identifyAnswer,
  "POST /api/tokens/label": labelTokensAnswer,
  "POST /api/tokens/revoke": tokens.operationStarted,
  "POST /api/tokens/revoke-by-value": tokens.revokeAnswer,
  "GET /api/users": peopleList,
};

/** What is no JSON has tests of its own. */
const asText = ["GET /api/audit/export", "GET /api/metrics"];

// A column that somebody adds to a row must not get out by itself.
describe("an answer has the fields that its contract names, whoever asks", () => {
  it.each(apiRows.map(({ call }) => [call]))("%s", (call) => {
    expect(Object.keys(answers)).toContain(call);
    const schema = answers[call];
    const good = outcomes.filter((outcome) => outcome.call === call && outcome.status < 300);
    expect(good.length).toBeGreaterThan(0);
    for (const { body, text } of good) {
      if (schema) expect(schema.safeParse(body).error).toBeUndefined();
      else if (!asText.includes(call)) expect(text).toBe("");
    }
  });
});

describe("what the portal said is kept nowhere", () => {
  const root = resolve(import.meta.dirname, "../..");

  // A cache on disk outlives sessions and is in every backup.
  it("neither in the framework's caches, nor where the desk was started", () => {
    const files = readdirSync(builtFolder(root), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .filter(({ parentPath }) => !/\/(static|node_modules)(\/|$)/.test(relative(root, parentPath)));
    const own = readdirSync(root, { withFileTypes: true }).filter((file) => file.isFile());
    expect(files.length).toBeGreaterThan(50);
    const values = secrets.all.map(({ value }) => value);
    for (const file of [...files, ...own]) {
      const text = readFileSync(join(file.parentPath, file.name), "latin1");
      expect(values.filter((value) => text.includes(value)).length, file.name).toBe(0);
    }
  });

  // One person's list in another's answer is what a cache keyed by address alone makes of it.
  it("lists asked for at the same moment are each person's own", async () => {
    const { other, otherLead } = stage.people;
    const users = {
      ann: stage.desk.simulator.seed.user("ann"),
      omar: stage.desk.simulator.seed.user("leadSupport"),
    };
    for (let round = 0; round < 10; round += 1) {
      const [anns, omars] = await Promise.all([
        Promise.all([1, 2, 3].map(() => other.get("/api/tokens"))),
        Promise.all([1, 2, 3].map(() => otherLead.get("/api/tokens"))),
      ]);
      for (const { text, body } of anns) {
        expect(Object(body).items).toHaveLength(1);
        expect(text).not.toContain(users.omar.userName);
      }
      for (const { text } of omars) {
        expect(text).toContain(users.omar.userName);
        expect(text).not.toContain(users.ann.userName);
      }
    }
  });
});

// A name of 5,000 characters in a cookie would be cut into pieces, or refused by the proxy in front.
it("long names of the portal's make no long cookie", async () => {
  const long = "n".repeat(200);
  const { password } = await stage.desk.portal.addUser({
    userName: `${long}@demo.example`,
    firstName: "x".repeat(5_000),
    lastName: "y".repeat(5_000),
  });
  const client = stage.desk.visitor();
  const answer = await client.signIn({ portal: "sim", username: `${long}@demo.example`, password });
  expect(answer.status).toBe(200);
  const lines = answer.headers.getSetCookie();
  expect(lines).toHaveLength(1);
  expect(lines[0]?.length).toBeLessThan(1024);
  expect([...client.cookies.keys()].filter((name) => /\.\d+$/.test(name))).toEqual([]);
});
