import "server-only";
import type { Token, TokenList, TokenListQuery } from "@/lib/contracts/tokens";
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
  const words = (query.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return {
    ...view,
    items: words.length === 0 ? items : await filterInSlices(items, (token) => hasWords(token, words)),
  };
}

const hasStatus = ({ status }: Token, wanted: TokenListQuery["status"]) =>
  wanted === undefined || wanted === "all" || status === wanted;

function hasWords(token: Token, words: string[]): boolean {
  const { label, purpose, environment, notes, integrationId, hint, id, tags, owner } = token;
  const text = [label, purpose, environment, notes, integrationId, hint, id, owner.userName, ...tags]
    .join("\n")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
