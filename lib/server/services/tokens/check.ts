import "server-only";
import type { CheckAnswer } from "@/lib/contracts/tokens";
import { instantOf } from "../../clock";
import { DeskError } from "../../errors";
import { PortalError } from "../../portal/error";
import { updateTokens } from "../../store/tokens";
import { personOf, record } from "../audit/record";
import { endingMadeWith, endMadeWith } from "../connections/end";
import { type SessionConnection, type SessionContext, shareOf } from "../context";
import { auditTarget, findOwnToken, valueOfOwn } from "./find";

/**
 * Tries a token at the portal as the guide does: `live`, `limited` (alive, without the right to see users), `dead`
 * (401), or `unknown` where the portal did not say.
 * @throws DeskError `not_found`, `forbidden` (a lead), `value_erased`, `wrong_state`.
 */
export async function checkToken(ctx: SessionContext, { id }: { id: string }): Promise<CheckAnswer> {
  const { desk } = ctx;
  const found = await findOwnToken(ctx, id, "token.check");
  const { row } = found;
  if (row.status === "revoked" || row.status === "disappeared") throw new DeskError("value_erased");
  const value = await valueOfOwn(ctx, found);
  const started = desk.clock.monotonic();
  const result = await tryToken(ctx, found.connection, value);
  const latencyMs = Math.round(desk.clock.monotonic() - started);
  const now = desk.clock.now();
  const noting = desk.db.transaction().execute(async (tx) => {
    await updateTokens(tx, [id], { checked_at: now, check_result: result });
    if (result === "dead") await endMadeWith(desk, tx, [id]);
    await record(tx, ctx, {
      action: "token.check",
      result: "ok",
      actor: personOf(ctx),
      target: auditTarget(found),
      detail: { result },
    });
  });
  await endingMadeWith(desk, result === "dead" ? [id] : [], noting);
  return { result, checkedAt: instantOf(now), latencyMs };
}

async function tryToken(
  { desk }: SessionContext,
  connection: SessionConnection,
  token: string,
): Promise<CheckAnswer["result"]> {
  try {
    return (await desk.portal.tryCredential(connection.portal, token, { person: shareOf(connection) }))
      .result;
  } catch (error) {
    if (error instanceof PortalError) return "unknown";
    throw error;
  }
}
