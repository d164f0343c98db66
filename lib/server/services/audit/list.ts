import "server-only";
import type { AuditPage, AuditQuery } from "@/lib/contracts/audit";
import type { AuditBody } from "../../store/audit";
import { type AuditFilter, selectAudit } from "../../store/audit-search";
import { withMerged } from "../../store/owners";
import { liveConnections } from "../connections/find";
import type { SessionContext } from "../context";
import { ledOwnerIds } from "../people/led";
import { describeEntry } from "./describe";

const pageSize = 100;

/** What the caller may see of the trail, newest first: desk admins all, others what they or their people did or met. */
export async function listAudit(ctx: SessionContext, query: AuditQuery): Promise<AuditPage> {
  const filter = await filterOf(ctx, query);
  const before = query.cursor === undefined ? undefined : Number(query.cursor);
  const rows = await selectAudit(ctx.desk.db, { ...filter, before }, pageSize + 1);
  const shown = rows.slice(0, pageSize);
  return {
    items: shown.map(({ seq, body }) => describeEntry(seq, JSON.parse(body))),
    nextCursor: rows.length > pageSize ? String(shown.at(-1)?.seq) : undefined,
  };
}

/** The query limited to what the caller may see. */
export async function filterOf(
  ctx: SessionContext,
  { token, actor, action, from, to }: Omit<AuditQuery, "cursor">,
): Promise<AuditFilter> {
  return {
    owners: ctx.session.oversees ? undefined : await visibleOwners(ctx),
    tokenId: token,
    actor,
    action,
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  };
}

/** Whether the caller may see an entry. */
export async function isSeenBy(ctx: SessionContext): Promise<(body: AuditBody) => boolean> {
  if (ctx.session.oversees) return () => true;
  const owners = new Set(await visibleOwners(ctx));
  return ({ actor, target }) => owners.has(actor.ownerId ?? "") || owners.has(target?.ownerId ?? "");
}

async function visibleOwners(ctx: SessionContext): Promise<string[]> {
  const own = liveConnections(ctx).map(({ ownerId }) => ownerId);
  return withMerged(ctx.desk.db, [...new Set([...own, ...(await ledOwnerIds(ctx))])]);
}
