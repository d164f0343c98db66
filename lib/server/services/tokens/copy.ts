import "server-only";
import type { CopyAnswer, CopyFormat } from "@/lib/contracts/tokens";
import { newId } from "../../crypto";
import { DeskError } from "../../errors";
import { personOf, record } from "../audit/record";
import { requireLiveConnection, requireStepUp } from "../connections/find";
import type { SessionContext } from "../context";
import { composeCopy } from "./compose-copy";
import { auditTarget, findOwnToken, valueOfOwn } from "./find";

/**
 * The one use case that gives a token's value to a browser: to its own user, who proved their password lately,
 * and only after the trail has it that they asked.
 * @throws DeskError `not_found`, `forbidden` (a lead never reads a value), `value_erased`, `step_up_required`,
 * `wrong_state`, `audit_unavailable`, or the portal's trouble.
 */
export async function copyToken(
  ctx: SessionContext,
  { id, as }: { id: string; as: CopyFormat },
): Promise<CopyAnswer> {
  const { desk } = ctx;
  const found = await findOwnToken(ctx, id, "token.copy");
  const { row, owner, connection } = found;
  if (row.status === "revoked" || row.status === "disappeared") throw new DeskError("value_erased");
  const target = auditTarget(found);
  await requireStepUp(ctx, connection, { action: "token.copy", target });

  const operationId = newId("op");
  const note = (result: "intent" | "ok" | "failed", code?: string) =>
    desk.db.transaction().execute(async (tx) => {
      // The token by which the session was opened may have been revoked while the portal answered.
      if (result === "ok") await requireLiveConnection(desk, tx, connection);
      await record(tx, ctx, {
        action: "token.copy",
        result,
        actor: personOf(ctx),
        target,
        operationId,
        detail: { as, ...(code ? { code } : {}) },
      });
    });

  await note("intent");
  try {
    const value = await valueOfOwn(ctx, found, { fresh: true });
    const baseUrl = desk.env.portals.find((portal) => portal.id === owner.portal)?.baseUrl ?? "";
    const answer = { token: value, text: composeCopy(value, as, baseUrl) };
    await note("ok");
    return answer;
  } catch (error) {
    await note("failed", error instanceof DeskError ? error.code : "internal");
    throw error;
  }
}
