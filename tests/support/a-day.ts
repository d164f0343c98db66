import { expect } from "vitest";
import { minutes } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { listAudit } from "@/lib/server/services/audit/list";
import { connect } from "@/lib/server/services/connections/connect";
import { disconnect } from "@/lib/server/services/connections/disconnect";
import { endUnfitConnections } from "@/lib/server/services/connections/end-unfit";
import { readMetrics } from "@/lib/server/services/health/metrics";
import { getOperation } from "@/lib/server/services/operations/get";
import { resumeMints } from "@/lib/server/services/operations/resume";
import { retryOperation } from "@/lib/server/services/operations/retry";
import { listPeople } from "@/lib/server/services/people/list";
import { endSessionById } from "@/lib/server/services/sessions/end";
import { endOtherSessions } from "@/lib/server/services/sessions/end-others";
import { listSessions } from "@/lib/server/services/sessions/list";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { signOut } from "@/lib/server/services/sessions/sign-out";
import { stepUp } from "@/lib/server/services/sessions/step-up";
import { checkToken } from "@/lib/server/services/tokens/check";
import { copyToken } from "@/lib/server/services/tokens/copy";
import { identifyToken } from "@/lib/server/services/tokens/identify";
import { labelTokens } from "@/lib/server/services/tokens/label-many";
import { listTokens } from "@/lib/server/services/tokens/list";
import { mintTokens } from "@/lib/server/services/tokens/mint";
import { patchToken } from "@/lib/server/services/tokens/patch";
import { revokeToken } from "@/lib/server/services/tokens/revoke";
import { revokeByValue } from "@/lib/server/services/tokens/revoke-by-value";
import { revokeTokens } from "@/lib/server/services/tokens/revoke-many";
import { startTokenList } from "@/lib/server/services/tokens/start-list";
import { unsealToken } from "@/lib/server/services/tokens/unseal";
import { codeOf, connectionOf, type HeldDesk, only } from "./held-desk";

/** All that people do on a desk, once; and what it does by itself: at its start, and each second. */
export async function aDayOf(t: HeldDesk): Promise<void> {
  await endUnfitConnections(t.desk);
  await resumeMints(t.desk);
  const { userName, password } = t.passwordOf("apiCrm");
  const guess = { portal: "sim", username: userName, password: newId("no") };
  expect(await codeOf(signIn(t.visitor(), guess))).toBe("invalid_credentials");

  const crm = await t.signedIn("apiCrm");
  const { id: connectionId } = connectionOf(crm);
  await t.finish(startTokenList(crm));
  await t.finish(listTokens(crm, {}));
  const input = { connectionId, label: "sync", count: 3 };
  const minted = await t.finish(mintTokens(crm, { input, idempotencyKey: newId("key") }));
  const [first, second, third] = (minted.items ?? []).map(({ id }) => id) as [string, string, string];
  await getOperation(crm, { id: minted.operationId });
  await patchToken(crm, { id: first, patch: { label: "production", notes: "a1b2c3d4-e5f6-7890" } });
  await labelTokens(crm, { ids: [first, second], addTags: ["blue"] });
  const { token } = await t.finish(copyToken(crm, { id: first, as: "raw" }));
  await identifyToken(crm, { token });
  await t.finish(checkToken(crm, { id: first }));
  await stepUp(crm, { connectionId, password });
  await t.finish(revokeToken(crm, { id: first, reason: "rotated" }));
  await t.finish(revokeToken(crm, { id: first, reason: "rotated" }));
  await unsealToken(crm, { id: second });
  const { operationId } = await t.finish(revokeTokens(crm, { ids: [second], reason: "unused" }));
  await t.work();
  await t.finish(getOperation(crm, { id: operationId }));
  await t.finish(retryOperation(crm, { id: operationId }));
  await t.pass();
  await t.finish(listTokens(await t.again(crm), {}));
  await listAudit(crm, {});
  await t.finish(readMetrics(t.desk));

  const byToken = await t.signedInWith(await tokenOf(t, crm, third));
  await t.finish(listTokens(byToken, {}));
  await signOut(byToken);

  const other = await t.signedIn("apiCrm");
  const ann = t.passwordOf("ann");
  const added = await connect(other, { portal: "sim", username: ann.userName, password: ann.password });
  await disconnect(await t.again(other), { id: added.id });
  await listSessions(other);
  await endOtherSessions(other);

  const lead = await t.signedIn("leadSales");
  await t.finish(listPeople(lead));
  await t.finish(startTokenList(lead));
  await t.finish(listTokens(lead, {}));
  await t.finish(listAudit(lead, {}));
  expect(await codeOf(t.finish(copyToken(lead, { id: third, as: "raw" })))).toBe("forbidden");
  const value = { portal: "sim", token: await tokenOf(t, other, third) };
  await t.finish(revokeByValue(lead, { ...value, reason: "compromised" }));
  await t.work();

  const boss = await t.signedIn("super");
  const all = await listSessions(boss);
  await endSessionById(boss, { id: only(all.items.filter(({ user }) => user.userName === userName)).id });
  await signOut(boss);
  await signOut(lead);
  await t.pass(minutes(31));
  await t.work();
  await t.work();
}

/** The value of one's own token. */
async function tokenOf(
  t: HeldDesk,
  ctx: Awaited<ReturnType<HeldDesk["signedIn"]>>,
  id: string,
): Promise<string> {
  return (await t.finish(copyToken(await t.again(ctx), { id, as: "raw" }))).token;
}
