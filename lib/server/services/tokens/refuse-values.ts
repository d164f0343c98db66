import "server-only";
import { documentedPrefix, findTokenForms } from "@/lib/shared/token-text";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import { withMerged } from "../../store/owners";
import { ownerIdsOfTokens } from "../../store/tokens";
import { liveConnections } from "../connections/find";
import type { SessionContext } from "../context";
import { ledOwners } from "../people/led";

/**
 * Refuses texts with a token in them: names, notes and reasons are kept, shown, exported and audited as they are. Any
 * other id may have the same form, so one without the documented prefix is refused only where it is a token that the
 * caller sees: of anybody else's it is not told whether there is one.
 * @throws DeskError `token_in_text`.
 */
export async function refuseValues(
  ctx: SessionContext,
  texts: readonly (string | null | undefined)[],
): Promise<void> {
  const { db, env, keys } = ctx.desk;
  const found = texts.flatMap((text) => findTokenForms(text ?? ""));
  if (found.length === 0) return;
  if (found.some((value) => value.toLowerCase().includes(documentedPrefix)))
    throw new DeskError("token_in_text");
  const values = found.flatMap((value) => {
    const bare = value.replace(/^.*:/, "");
    return [value, value.toLowerCase(), bare, bare.toLowerCase(), documentedPrefix + bare.toLowerCase()];
  });
  const ids = env.portals.flatMap(({ id }) => values.map((value) => fingerprint(keys, id, value)));
  const seen = await seenOwners(ctx);
  for (const ownerId of await ownerIdsOfTokens(db, [...new Set(ids)]))
    if (seen.has(ownerId)) throw new DeskError("token_in_text");
}

/** Whose records the caller sees: theirs, and those of the people whom they lead. */
async function seenOwners(ctx: SessionContext): Promise<Set<string>> {
  const led = (await ledOwners(ctx)).map(({ owner }) => owner.id);
  const own = liveConnections(ctx).map(({ ownerId }) => ownerId);
  return new Set(await withMerged(ctx.desk.db, [...own, ...led]));
}
