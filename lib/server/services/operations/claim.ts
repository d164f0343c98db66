import "server-only";
import { groupBy } from "@/lib/shared/group-by";
import { openRevocations } from "../../store/revocations";
import type { Db, OperationItemTable, TokenTable } from "../../store/schema";
import { claimForRevocation } from "../../store/tokens";

type Proved = OperationItemTable["acting_by"];

/** How a token stands to somebody who wants to revoke it. */
export type Claim = {
  /** What its status was before anybody asked, should the portal refuse; null where that is not known. */
  previous: string | null;
  /** Whether this person is revoking it already, as urgently. */
  mine: boolean;
  /** Whether it is there to be revoked, as far as is known, and this person has not asked already. */
  free: boolean;
};

/**
 * Takes tokens for a person's revocation. Somebody else's that is under way is no hindrance: each person's wish is an
 * operation of its own, with its own rights, and the first that the portal grants ends the token.
 * @param wanted records that the person sees, how they are proved (what was asked by a token is not its owner's wish), and how
 * urgently: one of theirs that waits as urgently is theirs already.
 * @param actors the person's owner ids.
 */
export async function claimTokens(
  tx: Db,
  wanted: ({ tokenId: string; by: Proved } & Pick<OperationItemTable, "urgency">)[],
  actors: string[],
  now: number,
): Promise<Map<string, Claim>> {
  const tokenIds = wanted.map(({ tokenId }) => tokenId);
  const taken: Map<string, TokenTable["status"]> = await claimForRevocation(tx, tokenIds, now);
  const open = groupBy(await openRevocations(tx, tokenIds), ({ token_id }) => token_id);
  return new Map(
    wanted.map(({ tokenId: id, by, urgency }) => {
      const others = open.get(id) ?? [];
      const mine = others.some(
        (one) => actors.includes(one.actor_owner_id) && one.acting_by === by && one.urgency <= urgency,
      );
      const previous =
        taken.get(id) ?? others.find(({ previous_status }) => previous_status)?.previous_status;
      return [
        id,
        { previous: previous ?? null, mine, free: !mine && (taken.has(id) || others.length > 0) },
      ] as const;
    }),
  );
}
