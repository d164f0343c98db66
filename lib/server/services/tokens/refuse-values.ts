import "server-only";
import { findTokenForms } from "@/lib/shared/token-form";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import { tokenById } from "../../store/tokens";
import type { Desk } from "../desk";

/** The only prefix that the portal's documentation shows (portal.md, 5). */
const documentedPrefix = "aws80:";

/**
 * Refuses texts with a token in them: names, notes and reasons are kept, shown, exported and audited as they are. Any
 * other id may have the same form, so one without the documented prefix is refused only where the desk knows it.
 * @throws DeskError `token_in_text`.
 */
export async function refuseValues(
  { db, env, keys }: Pick<Desk, "db" | "env" | "keys">,
  texts: readonly (string | null | undefined)[],
): Promise<void> {
  const found = texts.flatMap((text) => findTokenForms(text ?? ""));
  if (found.some((value) => value.toLowerCase().startsWith(documentedPrefix)))
    throw new DeskError("token_in_text");
  const values = new Set(
    found.flatMap((value) => {
      const bare = value.replace(/^.*:/, "");
      return [value, bare, documentedPrefix + bare];
    }),
  );
  for (const value of values) {
    for (const { id } of env.portals) {
      if (await tokenById(db, fingerprint(keys, id, value))) throw new DeskError("token_in_text");
    }
  }
}
