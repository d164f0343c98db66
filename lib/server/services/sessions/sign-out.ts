import "server-only";
import { endSession } from "../../store/sessions";
import { personOf, record } from "../audit/record";
import type { SessionContext } from "../context";

/** Ends the caller's session on the server and erases its credentials. */
export async function signOut(ctx: SessionContext): Promise<void> {
  const { desk, session } = ctx;
  await desk.db.transaction().execute(async (tx) => {
    await endSession(tx, session.id, desk.clock.now(), "signed_out");
    await record(tx, ctx, {
      action: "session.sign_out",
      result: "ok",
      actor: personOf(ctx),
    });
  });
}
