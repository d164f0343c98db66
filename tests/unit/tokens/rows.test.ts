import { describe, expect, it } from "vitest";
import {
  buildRows,
  choicesOf,
  filterTokens,
  noFilters,
  ownerKey,
  totalFor,
} from "@/lib/browser/token-table/rows";
import { makeToken, now } from "./make-token";

const crm = { portal: "sim", userId: "7", userName: "api-crm@example.com" };
const billing = { portal: "sim", userId: "8", userName: "api-billing@example.com" };

const tokens = [
  makeToken({ label: "a", owner: crm, environment: "production", tags: ["eu", "crm"] }),
  makeToken({ label: "b", owner: billing, environment: "staging", tags: ["eu"] }),
  makeToken({ label: "c", owner: crm, status: "unclaimed" }),
  makeToken({
    label: "d",
    owner: crm,
    status: "revoked",
    revoked: { at: new Date(now).toISOString(), by: "ana", reason: "unused", receipt: {} },
  }),
];
const left = (filters: Partial<typeof noFilters>) =>
  filterTokens(tokens, { ...noFilters, ...filters }, now).map((token) => token.label);

describe("filters", () => {
  it("leave the revoked out unless they are asked for", () => {
    expect(left({})).toEqual(["a", "b", "c"]);
    expect(left({ view: "all" })).toEqual(["a", "b", "c", "d"]);
    expect(left({ view: "revoked-lately" })).toEqual(["d"]);
  });

  it("narrow each other", () => {
    expect(left({ owner: ownerKey({ owner: crm }) })).toEqual(["a", "c"]);
    expect(left({ owner: ownerKey({ owner: crm }), environment: "production" })).toEqual(["a"]);
    expect(left({ tag: "eu" })).toEqual(["a", "b"]);
    expect(left({ tag: "eu", query: "staging" })).toEqual(["b"]);
    expect(left({ environment: "" })).toEqual(["c"]);
  });

  it("take for one what the fold takes for one, and offer it once", () => {
    const two = ["Prod", "ｐｒｏｄ"].map((environment) =>
      makeToken({ environment, tags: [environment === "Prod" ? "EU" : "eu", "Äpfel"] }),
    );
    expect(filterTokens(two, { ...noFilters, environment: "PROD" }, now)).toHaveLength(2);
    expect(filterTokens(two, { ...noFilters, tag: "eu" }, now)).toHaveLength(2);
    expect(choicesOf(two)).toMatchObject({ environments: ["Prod"], tags: ["Äpfel", "EU"] });
  });

  it("give way to a pasted token, which is found wherever it is", () => {
    expect(left({ only: [tokens[3]?.id ?? ""], view: "active", query: "nothing" })).toEqual(["d"]);
    expect(left({ only: [] })).toEqual([]);
  });

  it("count of how many", () => {
    expect(totalFor(tokens, "current")).toBe(3);
    expect(totalFor(tokens, "active")).toBe(3);
    expect(totalFor(tokens, "revoked")).toBe(4);
  });
});

describe("rows", () => {
  it("stand under their owner when grouped, in the order they had", () => {
    const rows = buildRows(tokens.slice(0, 3), true);
    expect(
      rows.map((row) => (row.kind === "owner" ? `# ${row.owner.userName} ${row.count}` : row.token.label)),
    ).toEqual(["# api-billing@example.com 1", "b", "# api-crm@example.com 2", "a", "c"]);
  });

  it("offer only what some token has", () => {
    const choices = choicesOf(tokens);
    expect(choices.owners.map(({ owner, count }) => [owner.userName, count])).toEqual([
      ["api-billing@example.com", 1],
      ["api-crm@example.com", 3],
    ]);
    expect(choices.environments).toEqual(["production", "staging"]);
    expect(choices.tags).toEqual(["crm", "eu"]);
  });
});
