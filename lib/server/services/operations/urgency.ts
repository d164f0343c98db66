import "server-only";
import type { RevokeReason } from "@/lib/contracts/tokens";
import { revocationPriorities } from "../../portal/priority";
import { countWaiting } from "../../store/operations";
import type { Db, OperationItemTable } from "../../store/schema";
import type { SessionConnection } from "../context";

type Urgency = OperationItemTable["urgency"];

const urgencyOf = (priority: (typeof revocationPriorities)[number]): Urgency =>
  revocationPriorities.indexOf(priority);

/** How urgent a value is that nobody here has a record of. */
export const unknownUrgency = urgencyOf("unknown");

/** So many at once are many: fewer are chosen one by one, as by hand. */
const many = 5;
/** Of a person's own that wait for a portal: more by hand than these are a script's, and more of many let others go first. */
const most = { byHand: 20, bulk: 100 };

/** How urgent so many are meant to be: somebody's own that waits so need not be begun again. */
export function urgencyAsked(reason: RevokeReason, count: number): Urgency {
  if (reason === "compromised") return urgencyOf(count < many ? "compromised" : "compromised-bulk");
  return urgencyOf(count < many ? "by-hand" : "bulk-rest");
}

/** Of what is revoked, what its urgency depends on: without an owner it is a value that nobody here knows. */
type Wanted = { ownerId?: string; connection: Pick<SessionConnection, "portal" | "provedBy"> };

/**
 * How urgent each of these is, in their order: by how many are asked for, and by what the person has waiting for the same portal,
 * asked for by the same kind of proof.
 * @param actors the person's owner ids.
 */
export async function urgenciesOf(
  tx: Db,
  actors: string[],
  reason: RevokeReason,
  wanted: Wanted[],
): Promise<Urgency[]> {
  const asked = urgencyAsked(reason, wanted.length);
  const counts = new Map<string, number>();
  /** Takes one more place among those of an urgency that wait for this portal. */
  const placeIn = async (urgency: Urgency, { portal, provedBy }: Wanted["connection"]): Promise<number> => {
    const key = `${urgency} ${portal} ${provedBy}`;
    const place = counts.get(key) ?? (await countWaiting(tx, actors, { portal, by: provedBy, urgency }));
    counts.set(key, place + 1);
    return place;
  };
  const urgencies: Urgency[] = [];
  for (const { ownerId, connection } of wanted) {
    const has = async (urgency: Urgency, room: number) => (await placeIn(urgency, connection)) < room;
    if (ownerId === undefined) urgencies.push(unknownUrgency);
    else if (wanted.length < many && (await has(asked, most.byHand))) urgencies.push(asked);
    else if (reason === "compromised") urgencies.push(urgencyOf("compromised-bulk"));
    else if (await has(urgencyOf("bulk"), most.bulk)) urgencies.push(urgencyOf("bulk"));
    else urgencies.push(urgencyOf("bulk-rest"));
  }
  return urgencies;
}
