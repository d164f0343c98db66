import "server-only";
import type { TokenListStart } from "@/lib/contracts/tokens";
import { firstRows } from "@/lib/shared/token-table/first-rows";
import { countTokens } from "@/lib/shared/token-table/views";
import { seconds } from "../../clock";
import type { SessionContext } from "../context";
import { viewTokens } from "./view";

const rowsOfAPage = 100;

/** What the tokens page is rendered with: counts of everything, and the first rows in the table's own order. */
export async function startTokenList(ctx: SessionContext): Promise<TokenListStart> {
  const view = await viewTokens(ctx, { patienceMs: seconds(1.5) });
  const now = ctx.desk.clock.now();
  return {
    ...view,
    counts: countTokens(view.items, now),
    total: view.items.length,
    items: firstRows(view.items, rowsOfAPage, now),
  };
}
