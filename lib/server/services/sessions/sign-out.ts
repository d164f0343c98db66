import "server-only";
import { personOf } from "../audit/record";
import type { SessionContext } from "../context";
import { askedEnd, whenFull, writeEnd } from "./asked-end";

/**
 * Ends the caller's session on the server and erases its credentials; where the store takes no writes, it is over from now on.
 * @throws DeskError `audit_unavailable`
 */
export async function signOut(ctx: SessionContext): Promise<void> {
  const { desk, session } = ctx;
  const actor = personOf(ctx);
  const end = askedEnd(ctx, "signed_out", { action: "session.sign_out", result: "ok", actor });
  const ending = desk.db
    .transaction()
    .execute(async (tx) => void (await writeEnd(desk, tx, session.id, end)));
  await whenFull(ending, () => void desk.over.set(session.id, end));
}
