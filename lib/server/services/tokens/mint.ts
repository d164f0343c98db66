import "server-only";
import canonicalize from "canonicalize";
import { type ProblemCode, problemCodes } from "@/lib/contracts/problem";
import type { MintAnswer, MintInput, Token } from "@/lib/contracts/tokens";
import { numberedNames } from "@/lib/shared/numbered-names";
import { minutes, seconds, withinPatience } from "../../clock";
import { newId, sha256 } from "../../crypto";
import { DeskError, isStoreFull, loggedError, unlessFull } from "../../errors";
import {
  insertOperation,
  itemsOf,
  operationById,
  operationByKey,
  updateOperation,
} from "../../store/operations";
import { withMerged } from "../../store/owners";
import type { Db, OperationTable } from "../../store/schema";
import { personOf, record } from "../audit/record";
import { findLiveConnection, requireLiveConnection } from "../connections/find";
import type { SessionConnection, SessionContext } from "../context";
import { emptyItem } from "../operations/empty-item";
import { runMint } from "../operations/run-mint";
import { findToken, showToken } from "./find";
import { refuseValues } from "./refuse-values";

/**
 * Mints one to twenty tokens at the portal. The operation and the intent are on disk before the first POST; each
 * token is on disk before the next. One key mints once: asked again, it answers what came of it.
 * @returns the tokens when all of them exist; else only the operation, which goes on being settled.
 * @throws DeskError `idempotency_key_missing`, `idempotency_key_reused`, `request_in_flight`, `not_available`
 * (enforced expiry), `token_in_text`, `not_found`, `connection_ended`, `audit_unavailable`, or what kept every token from being made.
 */
export async function mintTokens(
  ctx: SessionContext,
  { input, idempotencyKey }: { input: MintInput; idempotencyKey: string | null },
): Promise<MintAnswer> {
  if (!idempotencyKey || !/^[\x21-\x7e]{8,255}$/.test(idempotencyKey))
    throw new DeskError("idempotency_key_missing");
  if (input.expiry === "enforced") throw new DeskError("not_available");
  const { desk } = ctx;
  if (input.expiresAt !== undefined && Date.parse(input.expiresAt) <= desk.clock.now())
    throw new DeskError("invalid_input", {
      errors: [{ path: "expiresAt", message: "Choose a time to come" }],
    });

  const { label, purpose, environment, notes, integrationId, tags = [] } = input;
  await refuseValues(ctx, [label, purpose, environment, notes, integrationId, ...tags]);

  const requestHash = sha256(canonicalize(input) ?? "");
  const earlier = await earlierWithKey(desk.db, ctx, idempotencyKey);
  if (earlier && !(await isFreeAgain(desk.db, earlier))) return answerAgain(ctx, earlier, requestHash);

  const connection = findLiveConnection(ctx, input.connectionId);
  const operationId = await begin(ctx, connection, input, idempotencyKey, requestHash);
  const run = runMint(desk, operationId);
  run.catch((error: unknown) => {
    if (!isStoreFull(error)) desk.log.error({ operationId, ...loggedError(error) }, "a mint met a bug");
  });
  // The browser gets its answer in time; the run goes on and is found under its operation. So is one that was sent, and whose
  // outcome the store did not take.
  await withinPatience(desk.clock, unlessFull(run), seconds(12));
  return answerOf(ctx, operationId);
}

async function earlierWithKey(db: Db, { session }: SessionContext, key: string) {
  // The person's, whoever of those that they act for was signed in first and has ended since.
  return operationByKey(db, await withMerged(db, [session.ownerId, session.openerId]), key);
}

/** Where nothing reached the portal, the same key may try again. */
async function isFreeAgain(db: Db, operation: OperationTable): Promise<boolean> {
  if (operation.state !== "failed") return false;
  const items = await itemsOf(db, operation.id);
  return items.every(({ state, last_try_at }) => state === "failed" && last_try_at === null);
}

async function answerAgain(ctx: SessionContext, operation: OperationTable, requestHash: string) {
  if (operation.request_hash !== requestHash) throw new DeskError("idempotency_key_reused");
  if (operation.state === "pending" || operation.state === "sending")
    throw new DeskError("request_in_flight");
  return answerOf(ctx, operation.id);
}

async function begin(
  ctx: SessionContext,
  connection: SessionConnection,
  input: MintInput,
  idempotencyKey: string,
  requestHash: string,
): Promise<string> {
  const { desk, from, session } = ctx;
  const { connectionId, count, ...request } = input;
  const now = desk.clock.now();
  const operation: OperationTable = {
    id: newId("op"),
    kind: "mint",
    state: "pending",
    actor_owner_id: session.ownerId,
    actor_name: session.user.userName,
    actor_portal: session.user.portal,
    actor_role: "owner",
    ip: from.ip,
    request_id: from.requestId,
    idempotency_key: idempotencyKey,
    request_hash: requestHash,
    request: JSON.stringify(request),
    baseline: null,
    created_at: now,
    updated_at: now,
  };
  const items = numberedNames(input.label, count).map((name, position) => ({
    ...emptyItem,
    operation_id: operation.id,
    position,
    kind: operation.kind,
    actor_owner_id: operation.actor_owner_id,
    owner_id: connection.ownerId,
    connection_id: connectionId,
    label: name,
    // Should the run lose its way, the worker finds it then.
    next_try_at: now + minutes(1),
  }));
  await desk.db.transaction().execute(async (tx) => {
    const earlier = await earlierWithKey(tx, ctx, idempotencyKey);
    if (earlier && !(await isFreeAgain(tx, earlier))) throw new DeskError("request_in_flight");
    if (earlier) await updateOperation(tx, earlier.id, { idempotency_key: null });
    if (!(await insertOperation(tx, operation, items))) throw new DeskError("request_in_flight");
    await requireLiveConnection(desk, tx, connection);
    await record(tx, ctx, {
      action: "token.mint",
      result: "intent",
      actor: personOf(ctx),
      target: {
        ownerId: connection.ownerId,
        portal: connection.portal,
        userName: connection.userName,
        label: input.label,
      },
      operationId: operation.id,
      detail: { count },
    });
  });
  return operation.id;
}

async function answerOf(ctx: SessionContext, operationId: string): Promise<MintAnswer> {
  const operation = await operationById(ctx.desk.db, operationId);
  const items = await itemsOf(ctx.desk.db, operationId);
  const made = items.flatMap(({ token_id }) => token_id ?? []);
  const code = problemCodes.find((candidate) => items.some(({ error }) => error === candidate));
  if (operation?.state === "failed" && made.length === 0 && code)
    throw new DeskError(code, whyNot(ctx, code, items[0]?.connection_id));
  if (made.length < items.length) return { operationId };
  const tokens: Token[] = [];
  for (const id of made) tokens.push(await showToken(ctx, await findToken(ctx, id)));
  return { operationId, items: tokens };
}

/** Whom it concerns and, where it is the portal's pause or absence, when to come back. */
function whyNot({ desk, session }: SessionContext, code: ProblemCode, id: string | null | undefined) {
  const connection = session.connections.find((candidate) => candidate.id === id);
  if (!connection || !["portal_limited", "portal_unavailable"].includes(code))
    return { connectionId: id ?? undefined };
  const { retryAt } = desk.portal.status(connection.portal);
  const waitMs = retryAt === undefined ? undefined : retryAt - desk.clock.now();
  return {
    connectionId: connection.id,
    retryAfter: waitMs === undefined ? undefined : Math.max(1, Math.ceil(waitMs / 1000)),
  };
}
