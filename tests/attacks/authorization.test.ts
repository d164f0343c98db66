import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { apiRoutes } from "@/tests/support/api-routes";
import { apiRows, askAll, pageFolders, pageRows, seenBy, statuses } from "./support/matrix";
import { type Stage, setStage } from "./support/stage";
import { buildWithoutProxy } from "./support/unproxied";

/*
 * An attacker with an account of their own, or somebody curious: by guessing or learning the id of another's token,
 * connection or operation they would read it, copy it, or end it (OWASP API1 and API5). All of it is tried again where
 * `proxy.ts` is out of the way, as by a fault of the framework that lets a request past it: nothing may depend on it.
 */

it("the table has a row for every call of the API and for every page", () => {
  const calls = apiRoutes.flatMap(({ path, methods }) => methods.map((method) => `${method} ${path}`));
  expect(apiRows.map(({ call }) => call).sort()).toEqual(calls.sort());
  expect(pageRows.map(({ call }) => call).sort()).toEqual(pageFolders().sort());
});

describe.each(["with", "without"] as const)("%s the proxy, everybody gets what is theirs", (proxy) => {
  const bare = proxy === "without" ? buildWithoutProxy() : undefined;
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ folder: bare?.folder });
  });
  afterAll(async () => {
    await stage?.desk.stop();
    bare?.remove();
  });

  it.each([...apiRows, ...pageRows].map((row) => [row.call, row] as const))("%s", async (_call, row) => {
    const outcomes = await askAll(stage, row);
    expect(statuses(outcomes)).toEqual(row.expected);
    expect(seenBy(outcomes)).toEqual(row.shows ?? []);
    for (const { status, body, call } of outcomes)
      if (status >= 400 && !call.startsWith("PAGE")) expect(problem.parse(body).status).toBe(status);
  });

  // It would prove nothing if the proxy were still there.
  it("and a document has a nonce with the proxy, and may load nothing without", async () => {
    const policy = (await stage.people.owner.get("/tokens")).headers.get("content-security-policy");
    expect(policy).toMatch(proxy === "with" ? /script-src 'nonce-/ : /^default-src 'none'; frame-ancestors/);
  });

  // A list of one connection's tokens, asked for by the connection's id.
  it("another's connection is no filter for one's own list", async () => {
    const path = `/api/tokens?connection=${stage.connectionId}`;
    const answers = await Promise.all(
      (["owner", "other", "lead", "otherLead", "admin"] as const).map((role) => stage.people[role].get(path)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 404, 404]);
  });

  // The difference between "not yours" and "does not exist" would tell which ids are real.
  it("what is another's and what does not exist are answered alike", async () => {
    const { id } = await stage.mint();
    for (const end of ["", "/copy", "/check", "/unseal"]) {
      const method = end === "" ? "GET" : "POST";
      const [theirs, nobodys] = await Promise.all(
        [id, `tok_${"a".repeat(26)}`].map((one) =>
          stage.people.other.send(`/api/tokens/${one}${end}`, { method }),
        ),
      );
      expect({ ...Object(theirs?.body), instance: "" }).toEqual({ ...Object(nobodys?.body), instance: "" });
    }
  });
});
