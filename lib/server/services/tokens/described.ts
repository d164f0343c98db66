import "server-only";
import type { Token } from "@/lib/contracts/tokens";
import { mapInSlices } from "../../slices";
import type { OwnerTable } from "../../store/schema";
import { tokensOfOwner } from "../../store/tokens";
import type { DescribedTokens, Desk } from "../desk";
import { describeToken } from "./describe";

/** How many descriptions are kept in all: about 60 MB. */
const mostTokens = 40_000;

/**
 * An owner's records as the API tells them, frozen, and without what a revocation under way adds. They are read
 * and described once for each version of the owner's records; every write to those raises it, so what is kept
 * is never older than the store.
 */
export async function describedTokens(
  desk: Desk,
  owner: OwnerTable,
  connectionId: string | undefined,
): Promise<readonly Token[]> {
  const key = `${owner.id}\n${connectionId ?? ""}`;
  const known = desk.described.get(key);
  desk.described.delete(key);
  const version = owner.tokens_version;
  const tokens =
    known?.version === version
      ? known.tokens
      : await mapInSlices(await tokensOfOwner(desk.db, owner.id), (row) =>
          Object.freeze(describeToken(row, owner, connectionId)),
        );
  desk.described.set(key, { version, tokens });
  forgetOldest(desk.described);
  return tokens;
}

/** The map keeps the order of use: what was used longest ago goes first. */
function forgetOldest(described: DescribedTokens): void {
  let count = 0;
  for (const { tokens } of described.values()) count += tokens.length;
  for (const [key, { tokens }] of described) {
    if (count <= mostTokens || described.size === 1) return;
    described.delete(key);
    count -= tokens.length;
  }
}
