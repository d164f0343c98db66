import "server-only";
import type { SessionItem, SessionList } from "@/lib/contracts/sessions";
import { deviceOf } from "@/lib/shared/device";
import { instantOf } from "../../clock";
import { mapInSlices } from "../../slices";
import { withMerged } from "../../store/owners";
import { liveConnectionsOfSessions } from "../../store/sessions";
import type { SessionContext } from "../context";
import { ownerName } from "../owners/resolve";
import { describeEnds } from "./describe";
import { goodSessions } from "./end-overdue";
import { ownersOf } from "./load";

/**
 * Where the caller is signed in; for desk admins where everybody is. The asking session first, then the caller's others,
 * then by last activity. Those that ended are not listed. Each began with a call to a portal and lives for half an hour
 * unless it is used, so the portal's budget bounds how many there are.
 */
export async function listSessions(ctx: SessionContext): Promise<SessionList> {
  const { desk, session } = ctx;
  const own = await withMerged(desk.db, [session.ownerId]);
  const whose = session.oversees ? undefined : { owners: own, session: session.id };
  const rows = await goodSessions(desk, whose);
  const connections = await liveConnectionsOfSessions(desk.db, rows);
  const owners = await ownersOf(
    desk,
    [...rows, ...connections].map(({ owner_id }) => owner_id),
  );
  const userOf = (ownerId: string) => {
    const owner = owners.get(ownerId);
    return { portal: owner?.portal ?? "", userName: ownerName(owner ?? { user_name: null }) };
  };
  const actsFor = new Map<string, SessionItem["connections"]>(rows.map(({ id }) => [id, []]));
  for (const { session_id, owner_id } of connections) actsFor.get(session_id)?.push(userOf(owner_id));
  const items = await mapInSlices(
    rows,
    (row): SessionItem => ({
      id: row.id,
      user: { ...userOf(row.owner_id), fullName: owners.get(row.owner_id)?.full_name ?? undefined },
      connections: actsFor.get(row.id) ?? [],
      startedAt: instantOf(row.created_at),
      lastActiveAt: instantOf(row.last_active_at),
      ...describeEnds(desk, { lastActiveAt: row.last_active_at, expiresAt: row.expires_at }),
      ip: row.ip,
      device: deviceOf(row.user_agent),
      current: row.id === session.id,
      own: own.includes(row.owner_id) || row.id === session.id,
    }),
  );
  const rank = ({ current, own: mine }: SessionItem) => Number(!current) + Number(!mine);
  return { items: items.sort((a, b) => rank(a) - rank(b)) };
}
