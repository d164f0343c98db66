import "server-only";
import type { Token, TokenListStart } from "@/lib/contracts/tokens";
import { firstRows, topRows } from "@/lib/shared/token-table/first-rows";
import { countTokens } from "@/lib/shared/token-table/views";
import { seconds } from "../../clock";
import { untilDone } from "../../room";
import { nextTurn, partsOf } from "../../slices";
import type { SessionContext } from "../context";
import { viewTokens } from "./view";

const rowsOfAPage = 100;

/** What the tokens page is rendered with: counts of everything, and the first rows in the table's own order. */
export const startTokenList = (ctx: SessionContext): Promise<TokenListStart> => untilDone(ctx, startOf);

async function startOf(ctx: SessionContext): Promise<TokenListStart> {
  const view = await viewTokens(ctx, { patienceMs: seconds(1.5) });
  const now = ctx.desk.clock.now();
  const total = view.items.length;
  if (total <= rowsOfAPage)
    return {
      ...view,
      counts: countTokens(view.items, now),
      total,
      items: firstRows(view.items, rowsOfAPage, now),
    };
  let items: Token[] = [];
  let counts = countTokens([], now);
  for (const part of partsOf(view.items, 200)) {
    items = topRows([...items, ...part], rowsOfAPage, now);
    counts = countTokens(part, now, counts);
    await nextTurn();
  }
  return { ...view, counts, total, items };
}
