import "server-only";
import type { Token } from "@/lib/contracts/tokens";
import type { OwnerTable } from "../../store/schema";
import { type Part, tokensOfOwner } from "../../store/tokens";
import type { Described, Desk } from "../desk";
import { describeToken } from "./describe";

/**
 * A part of an owner's records as the API tells them, frozen, and without what a revocation under way adds. They are read
 * and described once for each version of the owner's records; every write to those raises it, so what is kept
 * is never older than the store.
 */
export async function describedTokens(
  desk: Desk,
  owner: OwnerTable,
  connectionId: string | undefined,
  part: Part,
): Promise<Described> {
  const current =
    knownTokens(desk, owner, connectionId, part) ?? (await describeAll(desk, owner, connectionId, part));
  desk.described.set(keyOf(owner, connectionId, part), current);
  return current;
}

const keyOf = ({ id }: OwnerTable, connectionId: string | undefined, part: Part) =>
  `${id}\n${connectionId ?? ""}\n${part}`;

/** What is kept of an owner's, if that is how the records are. */
export function knownTokens(
  desk: Desk,
  owner: OwnerTable,
  connectionId: string | undefined,
  part: Part,
): Described | undefined {
  const kept = desk.described.get(keyOf(owner, connectionId, part));
  return kept?.version === owner.tokens_version ? kept : undefined;
}

async function describeAll(
  desk: Desk,
  owner: OwnerTable,
  connectionId: string | undefined,
  part: Part,
): Promise<Described> {
  let size = 1;
  const tokens = await tokensOfOwner(desk.db, owner.id, part, (row) => {
    const token = Object.freeze(describeToken(row, owner, connectionId));
    size += sizeOf(token);
    return token;
  });
  return { version: owner.tokens_version, tokens, size };
}

/** What one takes, with the text that it is written as, which is kept as long: in characters, of two bytes at most. */
function sizeOf({ label, purpose, environment, notes, integrationId, tags }: Token): number {
  let typed = 0;
  for (const text of [label, purpose, environment, notes, integrationId, ...tags]) typed += text?.length ?? 0;
  return 700 + 2 * typed;
}
