import "server-only";
import type { DeskError } from "../../errors";
import type { SessionContext } from "../context";
import { type AuditEvent, personOf, record } from "./record";

/** What somebody asked for, and to what. */
export type Refused = Pick<AuditEvent, "action" | "target"> & { role?: "lead" };

/**
 * Refuses what a person may not do, or not yet, and has the trail say so (ASVS 16.3.2).
 * @throws the error; DeskError `audit_unavailable` where the trail refuses the entry.
 */
export async function refuse(
  ctx: SessionContext,
  { action, target, role }: Refused,
  error: DeskError,
): Promise<never> {
  await ctx.desk.db.transaction().execute((tx) =>
    record(tx, ctx, {
      action,
      target,
      result: "refused",
      actor: personOf(ctx, role),
      detail: { code: error.code },
    }),
  );
  throw error;
}
