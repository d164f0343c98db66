import "server-only";
import type { SignInInput, StepUpAnswer, StepUpInput } from "@/lib/contracts/sessions";
import { instantOf } from "../../clock";
import { DeskError } from "../../errors";
import { ownerByUser, ownersOfTokens } from "../../store/owners";
import { personOf, record } from "../audit/record";
import { renewCredential } from "../connections/credential";
import { findLiveConnection } from "../connections/find";
import { type SessionConnection, type SessionContext, shareOf } from "../context";
import { steppedUpUntil } from "./describe";
import { type Proof, proveCredential, takePasted } from "./prove";
import { requireLivingToken, requireOpenSession } from "./require-open";
import { beginAttempt } from "./throttle";

/**
 * Proves the password (or token) of a connection's own user again. It holds for this connection alone, and dies
 * with its session (OWASP Transaction Authorization §2.1). Attempts are throttled apart from signing in.
 * @throws DeskError `step_up_failed` for a wrong credential and for another user's alike; `throttled`;
 * `token_sign_in_off`; what `takeToken` throws; `session_ended` where the session ended meanwhile; the portal's trouble.
 */
export async function stepUp(ctx: SessionContext, input: StepUpInput): Promise<StepUpAnswer> {
  const { desk, from } = ctx;
  const connection = findLiveConnection(ctx, input.connectionId);
  if ("apiToken" in input && !desk.env.tokenSignIn) throw new DeskError("token_sign_in_off");
  // What is no token is no wrong try either.
  if ("apiToken" in input) takePasted(input);
  const account = shareOf(connection);
  const attempt = await beginAttempt(desk, "step-up", { account, name: account }, from.ip);
  let proof: Proof;
  try {
    proof = await proveSameUser(ctx, connection, input);
  } catch (error) {
    const wrong = error instanceof DeskError && error.code === "step_up_failed";
    if (!wrong) await attempt.undecided();
    await recordFailure(ctx, connection, error);
    throw error;
  }
  await attempt.succeeded();
  const renewed = await desk.db.transaction().execute(async (tx) => {
    await requireLivingToken(tx, proof);
    await requireOpenSession(desk, tx, ctx.session.id);
    const made = await renewCredential(desk, tx, connection, proof);
    await record(tx, ctx, { ...eventFor(ctx, connection), action: "session.step_up", result: "ok" });
    return made;
  });
  return { steppedUpUntil: instantOf(steppedUpUntil(desk, renewed)) };
}

async function proveSameUser(ctx: SessionContext, connection: SessionConnection, input: StepUpInput) {
  const { desk } = ctx;
  const { portal, userName } = connection;
  const credentials: SignInInput =
    "password" in input
      ? { portal, username: userName, password: input.password }
      : { portal, apiToken: input.apiToken, asIs: input.asIs };
  let proof: Proof;
  try {
    proof = await proveCredential(desk, credentials, shareOf(connection));
  } catch (error) {
    if (error instanceof DeskError && error.code === "invalid_credentials")
      throw new DeskError("step_up_failed", { connectionId: connection.id });
    throw error;
  }
  const owner = proof.user
    ? await ownerByUser(desk.db, portal, proof.user)
    : (await ownersOfTokens(desk.db, proof.tokenIds))[0];
  if (owner?.id !== connection.ownerId)
    throw new DeskError("step_up_failed", { connectionId: connection.id });
  return proof;
}

async function recordFailure(ctx: SessionContext, connection: SessionConnection, error: unknown) {
  const code = error instanceof DeskError ? error.code : "internal";
  await ctx.desk.db.transaction().execute((tx) =>
    record(tx, ctx, {
      ...eventFor(ctx, connection),
      action: "session.step_up_failed",
      result: code === "step_up_failed" ? "refused" : "failed",
      detail: { code },
    }),
  );
}

const eventFor = (ctx: SessionContext, { ownerId, portal, userName }: SessionConnection) => ({
  actor: personOf(ctx),
  target: { ownerId, portal, userName },
});
