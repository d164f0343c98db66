import "server-only";
import type { Token } from "@/lib/contracts/tokens";
import type { SessionContext } from "../context";
import { findToken, showToken } from "./find";

/** One token that the caller may see. @throws DeskError `not_found` */
export async function getToken(ctx: SessionContext, { id }: { id: string }): Promise<Token> {
  return showToken(ctx, await findToken(ctx, id));
}
