import "server-only";
import type { LabelTokensAnswer, LabelTokensInput, PatchTokenInput } from "@/lib/contracts/tokens";
import { maxTags } from "@/lib/shared/visible-text";
import { mapInSlices } from "../../slices";
import type { TokenTable } from "../../store/schema";
import { lockTokens, saveLocked, tokensByIds } from "../../store/tokens";
import { recordAll } from "../audit/record";
import { requireLiveConnection, requireStepUp } from "../connections/find";
import type { SessionContext } from "../context";
import { auditTarget, findOwnTokens } from "./find";
import { changeOf, labelEvent, type TokenChange } from "./patch";
import { refuseValues } from "./refuse-values";

type Change = Omit<LabelTokensInput, "ids">;

/**
 * Makes one change to a selection of own tokens, in one transaction: all of it is there or nothing. A token that
 * cannot take it (revoked meanwhile, too many tags) stays as it was and says why. Wants a step-up of every connection.
 * @throws DeskError `not_found`, `forbidden` (a lead), `step_up_required`, `token_in_text`.
 */
export async function labelTokens(
  ctx: SessionContext,
  { ids, ...change }: LabelTokensInput,
): Promise<LabelTokensAnswer> {
  const { desk } = ctx;
  // The proof first: nobody has a thousand looked up without one.
  const proved = async (some: string[]) => {
    const found = await findOwnTokens(ctx, some, "token.label");
    for (const token of found)
      await requireStepUp(ctx, token.connection, { action: "token.label", target: auditTarget(token) });
    return found;
  };
  await proved(ids.slice(0, 1));
  const found = await proved(ids);
  await refuseValues(ctx, [change.environment, change.purpose, ...(change.addTags ?? [])]);
  const items: LabelTokensAnswer["items"] = [];
  await desk.db.transaction().execute(async (tx) => {
    // All of them first: one at a time, two selections could wait for each other in a circle.
    await lockTokens(tx, ids);
    const rows = new Map((await tokensByIds(tx, ids)).map((row) => [row.id, row]));
    // Few statements, however many tokens and however they differ: until the last one others wait.
    const changed: TokenTable[] = [];
    const columns = new Set<keyof TokenChange>();
    const events = await mapInSlices(found, ({ row: seen, owner }) => {
      const row = rows.get(seen.id);
      const error = reasonAgainst(row, change);
      items.push({ tokenId: seen.id, error });
      const patch = row && !error ? patchOf(row, change) : {};
      if (!row || Object.keys(patch).length === 0) return [];
      const news = changeOf(patch);
      changed.push({ ...row, ...news });
      for (const name of Object.keys(news)) columns.add(name as keyof TokenChange);
      return [labelEvent(ctx, { row, owner }, patch)];
    });
    await saveLocked(tx, changed, [...columns]);
    for (const connection of new Set(found.map((token) => token.connection)))
      await requireLiveConnection(desk, tx, connection);
    await recordAll(tx, ctx, events.flat());
  });
  return { items };
}

function reasonAgainst(row: TokenTable | undefined, change: Change) {
  if (!row || row.status === "revoked") return "wrong_state";
  return tagsOf(row, change).length > maxTags ? "too_many_tags" : undefined;
}

/** What a change means for one token; nothing where it has all of it already. */
function patchOf(row: TokenTable, { addTags, removeTags, ...rest }: Change): PatchTokenInput {
  const wanted: PatchTokenInput = { ...rest, tags: tagsOf(row, { addTags, removeTags }) };
  const isNews = (patch: PatchTokenInput) =>
    Object.entries(changeOf(patch)).some(([column, value]) => row[column as keyof TokenTable] !== value);
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => isNews({ [name]: value })));
}

function tagsOf(row: TokenTable, { addTags = [], removeTags = [] }: Change): string[] {
  const removed = new Set(removeTags);
  const kept = (JSON.parse(row.tags) as string[]).filter((tag) => !removed.has(tag));
  return [...new Set([...kept, ...addTags])];
}
