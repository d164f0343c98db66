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
  const found = await Promise.all(
    desk.env.portals.map(async ({ id }) => {
      try {
        return await showToken(ctx, await findToken(ctx, fingerprint(desk.keys, id, value)));
      } catch (error) {
        if (error instanceof DeskError && error.code === "not_found") return undefined;
        throw error;
      }
    }),
  );
  return { items: found.filter((item) => item !== undefined) };
}
