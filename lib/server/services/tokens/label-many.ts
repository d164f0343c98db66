import "server-only";
import type { LabelTokensAnswer, LabelTokensInput } from "@/lib/contracts/label-tokens";
import type { PatchTokenInput } from "@/lib/contracts/tokens";
import { namesByPattern } from "@/lib/shared/numbered-names";
import { findTokenForms } from "@/lib/shared/token-text";
import { maxTags } from "@/lib/shared/visible-text";
import { DeskError } from "../../errors";
import { mapInSlices } from "../../slices";
import type { TokenTable } from "../../store/schema";
import { lockTokens, saveLocked, tokensByIds } from "../../store/tokens";
import { recordAll } from "../audit/record";
import { requireLiveConnection, requireStepUp } from "../connections/find";
import type { SessionContext } from "../context";
import { auditTarget, findOwnTokens } from "./find";
import { changeOf, claimOf, labelEvent, type TokenChange } from "./patch";
import { refuseValues } from "./refuse-values";

/** What one of them is to become. */
type Change = Omit<LabelTokensInput, "ids" | "names"> & { label?: string };

/**
 * Makes one change to a selection of own tokens, in one transaction: all of it is there or nothing. A token that
 * cannot take it (revoked or named meanwhile, too many tags) stays as it was and says why: of names by a pattern each keeps
 * the one that its place among the ids gives it. Wants a step-up of every connection.
 * @throws DeskError `not_found`, `forbidden` (a lead), `step_up_required`, `token_in_text`.
 */
export async function labelTokens(
  ctx: SessionContext,
  { ids, names: numbering, ...shared }: LabelTokensInput,
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
  await refuseValues(ctx, [
    numbering?.pattern,
    shared.environment,
    shared.purpose,
    ...(shared.addTags ?? []),
  ]);
  const names = numbering && namesByPattern(numbering, ids.length);
  if (names && isCompleted(numbering.pattern, names[0])) throw new DeskError("token_in_text");
  const items: LabelTokensAnswer["items"] = [];
  await desk.db.transaction().execute(async (tx) => {
    // All of them first: one at a time, two selections could wait for each other in a circle.
    await lockTokens(tx, ids);
    const rows = new Map((await tokensByIds(tx, ids)).map((row) => [row.id, row]));
    // Few statements, however many tokens and however they differ: until the last one others wait.
    const changed: TokenTable[] = [];
    const columns = new Set<keyof TokenChange>();
    const events = await mapInSlices(found, ({ row: seen, owner }, index) => {
      const row = rows.get(seen.id);
      const change: Change = { ...shared, label: names?.[index] };
      const error = reasonAgainst(row, change);
      items.push({ tokenId: seen.id, error });
      const patch = row && !error ? patchOf(row, change) : {};
      if (!row || Object.keys(patch).length === 0) return [];
      const news: TokenChange = { ...changeOf(patch), ...claimOf(row, patch, desk.clock.now()) };
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

/** Whether a number makes a token of a pattern: they are all refused then, since none of a thousand is looked up. */
function isCompleted(pattern: string, name = ""): boolean {
  const before = findTokenForms(pattern);
  return findTokenForms(name).some((form) => !before.includes(form));
}

function reasonAgainst(row: TokenTable | undefined, change: Change) {
  if (!row || row.status === "revoked") return "wrong_state";
  // The same name once more is the same request once more.
  const isOthers = change.label !== undefined && row.label !== null && row.label !== change.label;
  if (isOthers) return "has_name";
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
