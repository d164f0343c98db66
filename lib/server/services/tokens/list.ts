import "server-only";
import type { Token, TokenList, TokenListQuery } from "@/lib/contracts/tokens";
import { matchesWords, searchWords } from "@/lib/shared/token-table/search";
import { seconds } from "../../clock";
import { filterInSlices } from "../../slices";
import type { Part } from "../../store/tokens";
import type { SessionContext } from "../context";
import { viewTokens } from "./view";

/**
 * The tokens that the caller may see; without `status` all but the revoked, which are not even read then: they are more each
 * year.
 */
export async function listTokens(ctx: SessionContext, query: TokenListQuery): Promise<TokenList> {
  const parts: Part[] =
    query.status === "all" ? ["current", "revoked"] : [query.status === "revoked" ? "revoked" : "current"];
  const view = await viewTokens(ctx, parts, { connectionId: query.connection, patienceMs: seconds(12) });
  const items = view.items.filter((token) => hasStatus(token, query.status));
  const words = searchWords(query.q ?? "");
  return {
    ...view,
    items: words.length === 0 ? items : await filterInSlices(items, (token) => matchesWords(token, words)),
  };
}

const hasStatus = ({ status }: Token, wanted: TokenListQuery["status"]) =>
  wanted === undefined || wanted === "all" || status === wanted;
