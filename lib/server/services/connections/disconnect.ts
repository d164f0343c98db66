import "server-only";
import { personOf } from "../audit/record";
import type { SessionContext } from "../context";
import { endConnection } from "./end";
import { findConnection } from "./find";

/**
 * Ends one of the caller's connections and erases its credential. With the last one the session ends. Where the store takes
 * no writes it has ended all the same.
 * @throws DeskError `not_found`
 */
export async function disconnect(ctx: SessionContext, { id }: { id: string }): Promise<void> {
  await endConnection(ctx.desk, findConnection(ctx, id), "disconnected", {
    actor: personOf(ctx),
    from: { ...ctx.from },
  });
}
