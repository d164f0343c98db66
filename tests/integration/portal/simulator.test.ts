import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPortalClient, type PortalClient } from "@/lib/server/portal/client";
import { createListCache } from "@/lib/server/portal/list-cache";
import { type ControlClient, createControlClient } from "@/lib/simulator/control-client";
import { type Simulator, startSimulator } from "@/lib/simulator/start";

let simulator: Simulator;
let control: ControlClient;
let client: PortalClient;

beforeAll(async () => {
  simulator = await startSimulator();
  control = createControlClient(simulator.controlUrl);
});
afterAll(() => simulator.stop());

beforeEach(async () => {
  await control.reset();
  client = createPortalClient({
    portals: [
      { id: "legacy", name: "Legacy", baseUrl: simulator.baseUrl },
      { id: "voice", name: "Voice", baseUrl: simulator.voiceBaseUrl },
    ],
    callsPerMinute: 1_000,
  });
  return () => client.close();
});

const signIn = async (who: string, portalId = "legacy") => {
  const { userName: username, password } = simulator.seed.user(who);
  return client.login(portalId, { username, password });
};

describe.each(["legacy", "voice"])("a life of a token below the %s path", (portalId) => {
  it("is minted, listed, tried, revoked and gone", async () => {
    const { authToken, user } = await signIn("apiCrm", portalId);
    expect(user).toMatchObject({ userName: simulator.seed.user("apiCrm").userName, roles: ["USER"] });
    const before = await client.listTokens(portalId, authToken);
    expect(new Set(before)).toEqual(new Set(simulator.seed.user("apiCrm").tokens));

    const minted = await client.mintToken(portalId, authToken);
    expect(await client.listTokens(portalId, minted)).toContain(minted);
    expect(await client.tryCredential(portalId, minted)).toMatchObject({ result: "limited" });
    expect(await client.whoAmI(portalId, minted)).toMatchObject({
      userId: user.userId,
      userName: user.userName,
    });

    expect(await client.revokeToken(portalId, authToken, minted)).toEqual({ outcome: "deleted" });
    expect(await client.listTokens(portalId, authToken)).not.toContain(minted);
    expect(await client.tryCredential(portalId, minted)).toMatchObject({ result: "dead" });
    expect(await client.revokeToken(portalId, authToken, minted)).toEqual({ outcome: "absent" });
  });
});

describe("every way in which a deployment may answer", () => {
  it.each(["nested", "flat"] as const)("signs in with the user %s", async (loginUser) => {
    for (const roles of ["objects", "strings"] as const) {
      await control.setOptions({ variants: { loginUser, roles } });
      const { user } = await signIn("leadSales");
      expect(user.roles).toEqual(["USER", "MANAGE_USERS"]);
      expect(user.userId).toMatch(/^\d+$/);
      expect(user.accountIds).toEqual(["99990000", "99990001"]);
    }
  });

  it.each(["text", "json-string", "spaced-text", "spaced-json-string"] as const)(
    "mints as %s",
    async (mintBody) => {
      const { authToken } = await signIn("ann");
      for (const mintStatus of [200, 201] as const) {
        for (const mintForm of ["prefixed", "bare", "unforeseen"] as const) {
          await control.setOptions({ variants: { mintBody, mintStatus, mintForm } });
          const minted = await client.mintToken("legacy", authToken);
          expect((await control.user(simulator.seed.user("ann").userName)).tokens).toContain(minted);
        }
      }
    },
  );

  it.each(["text", "json", "spaced-text", "empty"] as const)("revokes as %s", async (revokeBody) => {
    await control.setOptions({ variants: { revokeBody } });
    const { authToken } = await signIn("apiDialer");
    for (const token of await client.listTokens("legacy", authToken)) {
      expect(await client.revokeToken("legacy", authToken, token)).toEqual({ outcome: "deleted" });
    }
    expect(await client.listTokens("legacy", authToken)).toEqual([]);
  });

  it("does without who-am-I where there is none", async () => {
    await control.setOptions({ variants: { who: "absent" } });
    const { authToken } = await signIn("ann");
    expect(await client.whoAmI("legacy", authToken)).toBeNull();
    await control.expireAuthTokens();
    await expect(client.whoAmI("legacy", authToken)).rejects.toMatchObject({ kind: "unauthorized" });
  });
});

describe("rights", () => {
  it("are the portal's: a lead sees the team and may revoke for it, others may not", async () => {
    const lead = await signIn("leadSales");
    const nested = await client.listUsers("legacy", lead.authToken);
    const flat = await client.listUsers("legacy", lead.authToken, { flatten: true });
    expect(new Set(flat.map(({ userId }) => userId))).toEqual(new Set(nested.map(({ userId }) => userId)));
    const ann = nested.find(({ userName }) => userName === simulator.seed.user("ann").userName);
    expect(ann).toMatchObject({ parentId: lead.user.userId });

    const token = simulator.seed.user("ann").tokens[0] ?? "";
    const ben = await signIn("ben");
    await expect(client.revokeToken("legacy", ben.authToken, token)).rejects.toMatchObject({
      kind: "forbidden",
    });
    await expect(client.listUsers("legacy", ben.authToken)).rejects.toMatchObject({ kind: "forbidden" });
    expect(await client.revokeToken("legacy", lead.authToken, token)).toEqual({ outcome: "deleted" });
  });

  it("end with the password", async () => {
    const wrong = client.login("legacy", {
      username: simulator.seed.user("ann").userName,
      password: "wrong",
    });
    await expect(wrong).rejects.toMatchObject({ kind: "unauthorized", sent: "no" });
  });
});

describe("faults", () => {
  it.each(["reset-after", "truncated"] as const)(
    "a mint that is met by %s happened, and is not repeated",
    async (kind) => {
      const { authToken } = await signIn("ann");
      const before = (await control.user(simulator.seed.user("ann").userName)).tokens.length;
      await control.addFault({ endpoint: "mint", kind });
      await expect(client.mintToken("legacy", authToken)).rejects.toMatchObject({ sent: "maybe" });
      expect((await control.user(simulator.seed.user("ann").userName)).tokens).toHaveLength(before + 1);
      expect(await control.calls({ endpoint: "mint" })).toHaveLength(1);
    },
  );

  it.each([
    { kind: "huge" },
    { kind: "gzip-bomb" },
    { kind: "html", status: 200 },
    { kind: "redirect", location: "/elsewhere" },
  ] as const)("a list that is met by $kind is not understood, and asked for once", async (fault) => {
    const { authToken } = await signIn("ann");
    await control.addFault({ endpoint: "list", ...fault });
    await expect(client.listTokens("legacy", authToken)).rejects.toMatchObject({ kind: "not_understood" });
    expect(await control.calls({ endpoint: "list" })).toHaveLength(1);
  });

  it("a delete that says false has not happened", async () => {
    const { authToken } = await signIn("ann");
    const [token = ""] = simulator.seed.user("ann").tokens;
    await control.addFault({ endpoint: "revoke", kind: "false" });
    await expect(client.revokeToken("legacy", authToken, token)).rejects.toMatchObject({
      kind: "not_deleted",
    });
    expect(await client.listTokens("legacy", authToken)).toContain(token);
  });

  it("a delete whose answer is lost is found to be done", async () => {
    const { authToken } = await signIn("ann");
    const [token = ""] = simulator.seed.user("ann").tokens;
    await control.addFault({ endpoint: "revoke", kind: "reset-after" });
    expect(await client.revokeToken("legacy", authToken, token)).toEqual({
      outcome: "absent",
      perhapsByUs: true,
    });
  });

  it("the rate limit pauses", async () => {
    const { authToken } = await signIn("ann");
    await control.setOptions({ rateLimit: { perMinute: 1, retryAfter: "seconds" } });
    const calls = await Promise.allSettled([1, 2, 3].map(() => client.listTokens("legacy", authToken)));
    expect(calls.some((call) => call.status === "rejected" && call.reason.kind === "rate_limited")).toBe(
      true,
    );
    expect(client.status("legacy").state).toBe("limited");
  });
});

describe("the shared list", () => {
  it("costs one call for fifty viewers, and shows a mint at once", async () => {
    const { authToken } = await signIn("ann");
    const cache = createListCache(client);
    const viewers = () =>
      Promise.all(Array.from({ length: 50 }, () => cache.list("legacy", "ann", authToken)));
    await viewers();
    await viewers();
    expect(await control.calls({ endpoint: "list" })).toHaveLength(1);
    const minted = await client.mintToken("legacy", authToken);
    cache.invalidate("legacy", "ann");
    expect((await cache.list("legacy", "ann", authToken)).values).toContain(minted);
    expect(await control.calls({ endpoint: "list" })).toHaveLength(2);
  });
});
