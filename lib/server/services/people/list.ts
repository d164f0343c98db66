import "server-only";
import type { PeopleList } from "@/lib/contracts/people";
import { liveConnections } from "../connections/find";
import type { SessionContext } from "../context";
import { asDeskError } from "../portals/refusal";
import { isLead } from "../roles";
import { peopleOf } from "./led";

/**
 * The users that the portal shows the caller, over all their connections.
 * @throws DeskError the portal's trouble, when every connection that leads anybody met it.
 */
export async function listPeople(ctx: SessionContext): Promise<PeopleList> {
  const live = liveConnections(ctx);
  const leading = live.filter(({ roles }) => isLead(roles));
  const [unled] = live.flatMap((connection) => connection.unled ?? []);
  if (leading.length === 0 && unled) throw unled;
  const answers = await Promise.allSettled(
    leading.map(async (connection) => {
      const people = await peopleOf(ctx.desk, connection);
      return people.flatMap(({ userId, userName, fullName, enabled, roles, parentId }) =>
        userId === undefined
          ? []
          : [
              {
                connectionId: connection.id,
                portal: connection.portal,
                userId,
                userName,
                fullName,
                enabled: enabled ?? true,
                roles,
                parentId,
              },
            ],
      );
    }),
  );
  const failed = answers.find((answer) => answer.status === "rejected");
  if (failed && answers.every((answer) => answer.status === "rejected")) throw asDeskError(failed.reason);
  return { items: answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : [])) };
}
