import "server-only";
import type { Db, SessionTable } from "../../store/schema";
import { connectionsOfSession } from "../../store/sessions";
import { selfConnection } from "../connections/find";
import type { SessionContext } from "../context";

/**
 * Whether the caller may end a session of the same person. Whoever came in by a token, which may have leaked, ends none
 * that rests on a password: they would keep its owner out for as long as they like.
 */
export async function mayEnd(ctx: SessionContext, tx: Db, row: SessionTable): Promise<boolean> {
  if (row.id === ctx.session.id || selfConnection(ctx).provedBy === "password") return true;
  const connections = await connectionsOfSession(tx, row.id);
  return !connections.some(
    ({ state, proved_by, owner_id }) =>
      state === "live" && proved_by === "password" && owner_id === row.owner_id,
  );
}
