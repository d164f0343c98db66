import type { Session } from "@/lib/contracts/sessions";
import type { MintAnswer, PatchTokenInput, Token, TokenList } from "@/lib/contracts/tokens";
import type { Seed } from "@/lib/simulator/seed";
import { type DeskAnswer, DeskClient } from "./desk-client";

/*
 * What makes the demo look lived-in: a team lead who connected two API users, named most of their tokens, minted a
 * few and revoked one. All of it through the desk's own API, so that the audit trail tells the same story.
 */

type Labels = PatchTokenInput[];

const crm: Labels = [
  {
    label: "CRM sync, production",
    environment: "production",
    tags: ["crm", "nightly"],
    purpose: "Writes call results into the CRM",
    integrationId: "crm-sync",
  },
  {
    label: "CRM sync, staging",
    environment: "staging",
    tags: ["crm"],
    purpose: "The same, against the test account",
    integrationId: "crm-sync-staging",
  },
  {
    label: "Old CRM connector",
    environment: "production",
    tags: ["legacy"],
    notes: "Replaced by CRM sync. Revoke it once the last import has run.",
  },
];

const dialer: Labels = [
  {
    label: "Dialer list upload",
    environment: "production",
    tags: ["dialer", "hourly"],
    purpose: "Uploads lead lists every hour",
    integrationId: "list-upload",
  },
  { label: "Dialer smoke test", environment: "development", tags: ["dialer", "ci"] },
];

/** Fills a desk that has just been started on the simulator's default seed. */
export async function seedDemo(baseUrl: string, portal: string, seed: Seed): Promise<void> {
  const desk = new DeskClient(baseUrl);
  const credentials = (key: string) => {
    const { userName, password } = seed.user(key);
    return { portal, username: userName, password };
  };
  want(await desk.signIn(credentials("leadSales")), 200);
  for (const key of ["apiCrm", "apiDialer"]) want(await desk.post("/api/connections", credentials(key)), 201);

  const { connections } = want(await desk.get("/api/session"), 200) as Session;
  const connectionOf = (key: string): string =>
    connections.find(({ userName }) => userName === seed.user(key).userName)?.id ?? "";
  await nameTokens(desk, connectionOf("apiCrm"), crm);
  await nameTokens(desk, connectionOf("apiDialer"), dialer);

  const soon = new Date(Date.now() + 20 * 24 * 3_600_000).toISOString();
  await mint(desk, {
    connectionId: connectionOf("apiCrm"),
    label: "Reporting export",
    environment: "production",
    tags: ["reports"],
    expiresAt: soon,
    expiry: "advisory",
  });
  await mint(desk, {
    connectionId: connectionOf("leadSales"),
    label: "Wallboard",
    environment: "production",
  });
  const [trial] = await mint(desk, { connectionId: connectionOf("apiDialer"), label: "Dialer trial" });
  if (trial) await desk.delete(`/api/tokens/${trial.id}`, { reason: "unused", note: "The trial is over." });
  want(await desk.post("/api/session/sign-out"), 204);
}

async function nameTokens(desk: DeskClient, connectionId: string, labels: Labels): Promise<void> {
  const { items } = want(await desk.get(`/api/tokens?connection=${connectionId}`), 200) as TokenList;
  const unnamed: Token[] = items.filter(({ label }) => label === null);
  for (const [index, label] of labels.entries()) {
    const token = unnamed[index];
    if (token) want(await desk.patch(`/api/tokens/${token.id}`, label), 200);
  }
}

async function mint(
  desk: DeskClient,
  input: { connectionId: string; label: string } & Record<string, unknown>,
) {
  const headers = { "Idempotency-Key": `demo ${input.label}`.replaceAll(" ", "-") };
  return (want(await desk.post("/api/tokens", input, headers), 201) as MintAnswer).items ?? [];
}

function want({ status, body, text }: DeskAnswer, wanted: number): unknown {
  if (status !== wanted) throw new Error(`The desk answered ${status}: ${text.slice(0, 200)}`);
  return body;
}
