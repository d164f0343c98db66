import "server-only";
import type { Connection, SignInInput } from "@/lib/contracts/sessions";
import { DeskError } from "../../errors";
import { connectionsOfSession } from "../../store/sessions";
import { personOf, record } from "../audit/record";
import type { SessionConnection, SessionContext } from "../context";
import { recordMerged, resolveOwner } from "../owners/resolve";
import { describeConnection } from "../sessions/describe";
import type { Proof } from "../sessions/prove";
import { attemptedName, attemptedPortal, isRefusal, proveAllowed } from "../sessions/prove-allowed";
import { requireLivingToken, requireOpenSession } from "../sessions/require-open";
import { addConnection } from "./add";
import { renewCredential } from "./credential";
import { toSessionConnection } from "./from-row";

/** Each asks the portal at every list, and holds what it answered. */
const mostConnections = 20;

/**
 * Connects another portal user inside the session, or gives one whose connection ended (or is live) a new
 * credential: there is one connection a user.
 * @throws DeskError as signing in does, and `session_ended` where the session ended meanwhile.
 */
export async function connect(ctx: SessionContext, input: SignInInput): Promise<Connection> {
  const { desk, session } = ctx;
  try {
    const proof = await proveAllowed(ctx, input);
    // One at a time in a session, or two tabs would make two connections of one user.
    return describeConnection(desk, await desk.leases.run(`connect:${session.id}`, () => keep(ctx, proof)));
  } catch (error) {
    if (!(error instanceof DeskError && ["audit_unavailable", "store_full"].includes(error.code)))
      await recordFailure(ctx, input, error);
    throw error;
  }
}

async function keep(ctx: SessionContext, proof: Proof): Promise<SessionConnection> {
  const { desk, session } = ctx;
  return desk.db.transaction().execute(async (tx) => {
    const resolved = await resolveOwner(tx, proof.portal, proof.user, proof.tokenIds, desk.clock.now());
    await requireLivingToken(tx, proof);
    await requireOpenSession(desk, tx, session.id);
    const { owner } = resolved;
    const all = await connectionsOfSession(tx, session.id);
    const existing = all.find(({ owner_id }) => owner_id === owner.id);
    if (!existing && all.length >= mostConnections)
      throw new DeskError("wrong_state", {
        detail: `A session has at most ${mostConnections} connections: disconnect one first.`,
      });
    const made: SessionConnection = existing
      ? await renewCredential(desk, tx, toSessionConnection(existing, owner), proof)
      : await addConnection(desk, tx, session.id, owner, proof);
    await record(tx, ctx, {
      action: "connection.add",
      result: "ok",
      actor: personOf(ctx),
      target: { ownerId: owner.id, portal: owner.portal, userName: made.userName },
      detail: { with: proof.provedBy },
    });
    await recordMerged(tx, ctx, resolved);
    return made;
  });
}

async function recordFailure(ctx: SessionContext, input: SignInInput, error: unknown): Promise<void> {
  const { desk } = ctx;
  await desk.db.transaction().execute((tx) =>
    record(tx, ctx, {
      action: "connection.add_failed",
      result: isRefusal(error) ? "refused" : "failed",
      actor: personOf(ctx),
      target: { portal: attemptedPortal(ctx, input), userName: attemptedName(input) },
      detail: { code: error instanceof DeskError ? error.code : "internal" },
    }),
  );
}
