import { describe, expect, it } from "vitest";
import { first, portalUnderTest } from "./portal-under-test";

const portal = portalUnderTest();

const list = async (credential: string): Promise<string[]> =>
  (await portal.call("GET", "/v1/admin/token", credential)).json;

describe("minting and listing", () => {
  it("gives another permanent token each time, and lists the values of the credential's own user", async () => {
    const authToken = await portal.signIn("apiCrm");
    const before = portal.user("apiCrm").tokens;
    const minted = [
      (await portal.call("POST", "/v1/admin/token", authToken)).text,
      (await portal.call("POST", "/v1/admin/token", first(before))).text,
    ];
    expect(new Set([...before, ...minted]).size).toBe(before.length + 2);
    expect(await list(authToken)).toEqual([...before, ...minted]);
    expect(await list(first(minted))).toEqual([...before, ...minted]);
  });

  it.each([
    [{ mintStatus: 201 as const }, 201, /^aws80:[0-9a-f-]{36}$/],
    [{ mintBody: "json-string" as const }, 200, /^"aws80:[0-9a-f-]{36}"$/],
    [{ mintBody: "spaced-text" as const }, 200, /^\s+aws80:[0-9a-f-]{36}\s+$/],
    [{ mintBody: "spaced-json-string" as const }, 200, /^\s+"aws80:[0-9a-f-]{36}"\s+$/],
    [
      { mintForm: "bare" as const },
      200,
      /^[0-9a-f]{8}-[0-9a-f]{4}-[^1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    ],
    [{ mintForm: "unforeseen" as const }, 200, /^eu-west_2\.\S+$/],
  ])("answers a mint as the deployment does: %o", async (variants, status, form) => {
    await portal.control.addFault({ endpoint: "mint", kind: "variant", variants });
    const answer = await portal.call("POST", "/v1/admin/token", await portal.signIn("ben"));
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(form);
    expect(answer.headers.get("content-type")).toContain("text/plain");
  });

  it("lists in another order where the deployment does so", async () => {
    await portal.control.setOptions({ variants: { listOrder: "reversed" } });
    expect(await list(await portal.signIn("apiCrm"))).toEqual([...portal.user("apiCrm").tokens].reverse());
  });

  it("knows prefixed, bare and unforeseen tokens", async () => {
    const forms = portal.user("apiDialer").tokens.map((token) => token.replace(/[0-9a-f-]{36}$/, "…"));
    expect(forms).toEqual(["aws80:…", "…", expect.stringMatching(/^eu-west_2\./)]);
    for (const token of portal.user("apiDialer").tokens) expect(await list(token)).toHaveLength(3);
  });
});

describe("deleting", () => {
  const remove = (token: string, credential: string) =>
    portal.call("DELETE", `/v1/admin/token/${token}`, credential);

  it("lets a token delete itself; it is dead at once, and deleting it again is 401, 404 for others", async () => {
    const [token = "", sibling = ""] = portal.user("apiCrm").tokens;
    expect(await remove(token, token)).toMatchObject({ status: 200, text: "true" });
    expect(await list(sibling)).not.toContain(token);
    expect((await remove(token, token)).status).toBe(401);
    expect((await remove(token, sibling)).status).toBe(404);
  });

  it("takes an encoded colon", async () => {
    const [token = ""] = portal.user("apiCrm").tokens;
    const answer = await remove(encodeURIComponent(token), await portal.signIn("apiCrm"));
    expect(answer).toMatchObject({ status: 200, text: "true" });
  });

  it("lets users above delete, at any height, and nobody else", async () => {
    const [one = "", two = "", three = ""] = portal.user("apiCrm").tokens;
    expect((await remove(one, await portal.signIn("leadSupport"))).status).toBe(403);
    expect((await remove(one, await portal.signIn("ann"))).status).toBe(403);
    expect((await remove(one, await portal.signIn("noRights"))).status).toBe(403);
    expect((await remove(first(portal.user("leadSales").tokens), one)).status).toBe(403);
    expect((await remove(one, await portal.signIn("leadSales"))).status).toBe(200);
    expect((await remove(two, await portal.signIn("super"))).status).toBe(200);
    expect(
      (await remove(first(portal.user("disabled").tokens), await portal.signIn("leadSupport"))).status,
    ).toBe(200);
    expect(await list(three)).toHaveLength(2);
  });

  it.each([
    ["text" as const, 200, "true"],
    ["json" as const, 200, "true"],
    ["spaced-text" as const, 200, " true\n"],
    ["empty" as const, 204, ""],
  ])("answers as the deployment does: %s", async (revokeBody, status, text) => {
    await portal.control.setOptions({ variants: { revokeBody } });
    const token = first(portal.user("apiCrm").tokens);
    const answer = await remove(token, token);
    expect(answer).toMatchObject({ status, text });
    const type = answer.headers.get("content-type") ?? "";
    expect(type).toContain(revokeBody === "json" ? "application/json" : status === 204 ? "" : "text/plain");
  });

  it("repeats the path, and so the secret, in its error", async () => {
    const answer = await remove("aws80:gone", await portal.signIn("ann"));
    expect(answer).toMatchObject({ status: 404, json: { requestUri: "/api/v1/admin/token/aws80:gone" } });
  });
});
