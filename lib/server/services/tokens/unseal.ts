import "server-only";
import type { Token } from "@/lib/contracts/tokens";
import { DeskError } from "../../errors";
import { updateTokens } from "../../store/tokens";
import { personOf, record } from "../audit/record";
import { refuse } from "../audit/refuse";
import { requireLiveConnection } from "../connections/find";
import type { SessionContext } from "../context";
import { auditTarget, findOwnToken, findToken, showToken } from "./find";

/**
 * Erases the sealed copy of one's own token: from then on a lead needs its value to revoke it. Whoever
 * came in by a token, which may have leaked, does not take that means away.
 * @throws DeskError `not_found`, `forbidden` (a lead, or by a token), `wrong_state` while it is being revoked.
 */
export async function unsealToken(ctx: SessionContext, { id }: { id: string }): Promise<Token> {
  const found = await findOwnToken(ctx, id, "token.unseal");
  if (found.connection.provedBy === "token") {
    const error = new DeskError("forbidden", {
      detail:
        "Signed in with a token, you cannot take a lead's means of revoking away: sign in with the password.",
    });
    await refuse(ctx, { action: "token.unseal", target: auditTarget(found) }, error);
  }
  if (found.row.status === "revoking") throw new DeskError("wrong_state", { detail: "It is being revoked." });
  await ctx.desk.db.transaction().execute(async (tx) => {
    await updateTokens(tx, [id], { sealed_value: null });
    await requireLiveConnection(ctx.desk, tx, found.connection);
    await record(tx, ctx, {
      action: "token.unseal",
      result: "ok",
      actor: personOf(ctx),
      target: auditTarget(found),
    });
  });
  return showToken(ctx, await findToken(ctx, id));
}
