import "server-only";
import type { Token, TokenCounts, TokenListStart } from "@/lib/contracts/tokens";
import { firstRows } from "@/lib/shared/token-table/first-rows";
import { countTokens } from "@/lib/shared/token-table/views";
import { seconds } from "../../clock";
import { untilDone } from "../../room";
import { nextTurn, partsOf } from "../../slices";
import type { SessionContext } from "../context";
import { viewTokens } from "./view";

const rowsOfAPage = 100;

/** What the tokens page is rendered with: counts, and the first rows in the table's own order; nothing that is revoked. */
export const startTokenList = (ctx: SessionContext): Promise<TokenListStart> => untilDone(ctx, startOf);

async function startOf(ctx: SessionContext): Promise<TokenListStart> {
  const view = await viewTokens(ctx, ["current"], { patienceMs: seconds(1.5) });
  const now = ctx.desk.clock.now();
  let items: Token[] = [];
  let counts: TokenCounts = { ...countTokens([], now), revokedLately: view.revokedLately };
  for (const part of partsOf(view.items, 200)) {
    items = firstRows([...items, ...part], rowsOfAPage, now);
    counts = countTokens(part, now, counts);
    await nextTurn();
  }
  return { ...view, counts, total: view.items.length, items };
}
