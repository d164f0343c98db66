import "server-only";
import type { ProblemCode } from "@/lib/contracts/problem";
import type { RevokeAnswer, RevokeInput } from "@/lib/contracts/tokens";
import { DeskError } from "../../errors";
import { withMerged } from "../../store/owners";
import { doneRevocation, openRevocations, type Revocation } from "../../store/revocations";
import type { OperationItemTable, TokenTable } from "../../store/schema";
import { tokenById } from "../../store/tokens";
import type { SessionConnection, SessionContext } from "../context";
import type { Desk } from "../desk";
import { answerOf, driveAndAnswer } from "../operations/answer-revoke";
import { beginRevocation, type Target } from "../operations/begin-revoke";
import { unknownUrgency, urgencyAsked } from "../operations/urgency";
import { sealedValueOf, valueOfItem } from "../operations/values";
import { findToken, type VisibleToken, valueOfOwn } from "./find";

/**
 * Revokes one token, as its owner or as a lead of the owner. Asked again, it tells how far the caller's own revocation is;
 * somebody else's is theirs, and keeps nobody from asking.
 * @throws DeskError `not_found`, `wrong_state` (gone already), `value_needed` (a lead, and no sealed copy),
 * `portal_refused`, `audit_unavailable`, or the portal's trouble before anything was recorded.
 */
export async function revokeToken(
  ctx: SessionContext,
  { id, ...input }: RevokeInput & { id: string },
): Promise<RevokeAnswer> {
  const found = await findToken(ctx, id, { portalJudges: true });
  const known = await ownRevocation(ctx, found, input.reason);
  if (known) return tellOrDrive(ctx.desk, known);
  return revokeOne(ctx, await targetOf(ctx, found, await valueUnderWay(ctx, found)), found.role, input);
}

/**
 * The caller's own revocation of a token: the one under way, if it is as urgent as this (what turns out to have leaked does
 * not wait for what is merely unused) and was asked by the same kind of proof (whoever has a leaked token is not its owner), else
 * the one that ended it, if it is ended.
 * @param reason absent where any of theirs will do.
 */
export async function ownRevocation(
  { desk, session }: SessionContext,
  {
    row: { id },
    connection,
  }: { row: Pick<TokenTable, "id">; connection: Pick<SessionConnection, "provedBy"> },
  reason?: RevokeInput["reason"],
): Promise<Revocation | undefined> {
  const actors = await withMerged(desk.db, [session.ownerId]);
  const urgency = reason ? urgencyAsked(reason, 1) : unknownUrgency;
  const open = (await openRevocations(desk.db, [id])).find(
    (one) =>
      actors.includes(one.actor_owner_id) && one.acting_by === connection.provedBy && one.urgency <= urgency,
  );
  if (open) return open;
  const row = await tokenById(desk.db, id);
  return row?.status === "revoked" ? doneRevocation(desk.db, id, actors) : undefined;
}

/** How far a revocation is; one that the portal has not accepted is tried now, since somebody asks again. */
export const tellOrDrive = (desk: Desk, known: Revocation): Promise<RevokeAnswer> | RevokeAnswer =>
  known.state === "done" || known.accepted_at !== null ? answerOf(known) : driveAndAnswer(desk, [known]);

/** Begins a revocation and drives it for as long as a browser waits. Asked for twice at the same moment, it is one. */
export const revokeOne = (
  ctx: SessionContext,
  target: Target,
  role: "owner" | "lead",
  input: RevokeInput,
): Promise<RevokeAnswer> => revokeAny(ctx, [target], role, input);

/** The same of one token that may be meant in several ways: all of them are deleted. */
export async function revokeAny(
  ctx: SessionContext,
  targets: [Target, ...Target[]],
  role: "owner" | "lead",
  input: RevokeInput,
): Promise<RevokeAnswer> {
  const { desk } = ctx;
  let items: OperationItemTable[];
  try {
    items = await beginRevocation(ctx, targets, role, input, true);
  } catch (error) {
    if (!(error instanceof DeskError && error.code === "wrong_state")) throw error;
    for (const { tokenId, connection } of targets) {
      const other = await ownRevocation(ctx, { row: { id: tokenId }, connection });
      if (other) return answerOf(other);
    }
    throw error;
  }
  const [item] = items;
  return item && targets[0].proof ? answerOf(item) : driveAndAnswer(desk, items);
}

/** Troubles of the portal's that pass. */
const passing: ProblemCode[] = [
  "portal_limited",
  "portal_unavailable",
  "portal_timeout",
  "portal_not_understood",
  "portal_too_large",
];

/** The value that somebody else's revocation under way works on: a lead who has none may go on with it. */
async function valueUnderWay({ desk }: SessionContext, { row }: VisibleToken): Promise<string | undefined> {
  if (row.status !== "revoking") return undefined;
  const open = await openRevocations(desk.db, [row.id]);
  return open.map((item) => valueOfItem(desk, item)).find((value) => value !== undefined);
}

/**
 * What a revocation of a visible token needs. One whose value only the portal has is taken while the portal is in trouble, too:
 * whoever works on it asks again.
 * @param known its value, where the caller has it already.
 * @param trouble why the portal's list could not give it, where that is known already.
 * @throws DeskError `wrong_state`, `value_needed`, `connection_ended`, `portal_refused`.
 */
export async function targetOf(
  ctx: SessionContext,
  found: VisibleToken,
  known?: string,
  trouble?: unknown,
): Promise<Target> {
  const { row, owner, connection, role } = found;
  const about = { tokenId: row.id, connection, ownerId: owner.id, label: row.label };
  const target = { ...about, userName: owner.user_name ?? undefined };
  if (row.status === "revoked") return { ...target, proof: JSON.parse(row.receipt ?? "{}") };
  if (row.status === "disappeared")
    throw new DeskError("wrong_state", { detail: "The portal no longer lists this token." });
  const sealed = known ?? sealedValueOf(ctx.desk, row);
  if (sealed === undefined && role === "lead") throw new DeskError("value_needed");
  if (sealed !== undefined) return { ...target, value: sealed };
  try {
    if (trouble) throw trouble;
    return { ...target, value: await valueOfOwn(ctx, found, { priority: "by-hand" }) };
  } catch (error) {
    if (!(error instanceof DeskError && passing.includes(error.code))) throw error;
    return target;
  }
}
