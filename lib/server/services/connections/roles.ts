import "server-only";
import type { Db } from "../../store/schema";
import { record } from "../audit/record";
import { deskOrigin, type SessionConnection } from "../context";
import type { Desk } from "../desk";
import { isLead, isSuperUser } from "../roles";

/** Has the trail say that the portal gave a connection's user other rights than before. */
export async function recordRoles(
  desk: Desk,
  tx: Db,
  { ownerId, portal, userName, roles: before }: SessionConnection,
  roles: string[],
): Promise<void> {
  if (isLead(roles) === isLead(before) && isSuperUser(roles) === isSuperUser(before)) return;
  const target = { ownerId, portal, userName };
  await record(
    tx,
    { desk, from: deskOrigin() },
    {
      action: "connection.roles",
      result: "ok",
      actor: target,
      target,
      detail: { now: roles.join(" "), was: before.join(" ") },
    },
  );
}
