import "server-only";
import type { IdentifyAnswer } from "@/lib/contracts/tokens";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import type { SessionContext } from "../context";
import { findToken, showToken } from "./find";

/**
 * The records of a pasted token that the caller may see. The value is fingerprinted for each portal, and neither
 * sent there nor kept.
 */
export async function identifyToken(
  ctx: SessionContext,
  { token }: { token: string },
): Promise<IdentifyAnswer> {
  const { desk } = ctx;
  const value = token.trim();
  const found = await Promise.allSettled(
    desk.env.portals.map(async ({ id }) =>
      showToken(ctx, await findToken(ctx, fingerprint(desk.keys, id, value))),
    ),
  );
  const items = found.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  const isMissing = (error: unknown) => error instanceof DeskError && error.code === "not_found";
  const trouble = found.find((answer) => answer.status === "rejected" && !isMissing(answer.reason));
  if (items.length === 0 && trouble?.status === "rejected") throw trouble.reason;
  return { items };
}
