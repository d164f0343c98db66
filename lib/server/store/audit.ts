import "server-only";
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { sql } from "kysely";
import { foldName } from "../names";
import { mapInSlices, partsOf } from "../slices";
import { isPostgres } from "./engine";
import type { AuditTable, Db } from "./schema";

/** What an entry says. Text, numbers and flags only, so that its canonical form is the same everywhere. */
export type AuditBody = {
  at: number;
  action: string;
  result: string;
  actor: { ownerId?: string; portal: string; userName: string; role?: string };
  target?: { ownerId?: string; tokenId?: string; label?: string; portal?: string; userName?: string };
  ip: string;
  requestId: string;
  operationId?: string;
  detail?: Record<string, string | number | boolean>;
};

/** The hash of the entry before the first. */
export const genesis = "0".repeat(64);

/** An entry's place in the chain: SHA-256 over number, previous hash and canonical body (RFC 8785), in hexadecimal. */
export const chainHash = (seq: number, prev: string, body: string): string =>
  createHash("sha256").update(`TLA1\n${seq}\n${prev}\n${body}`).digest("hex");

/** An entry's place in a chain, wherever it was read: `body` is the canonical text that its hash is over. */
export type AuditLink = Pick<AuditTable, "seq" | "prev" | "hash" | "body">;

/** So many rows go into one statement: nobody else has a turn until it is done. */
const chunk = 100;

/**
 * Appends entries, chained to the one before and to each other. Only inside the transaction of the change that they tell
 * of, and as the last thing in it: until its end everybody else waits for the head.
 */
export async function appendAudit(tx: Db, bodies: AuditBody[]): Promise<void> {
  if (bodies.length === 0) return;
  const heads = tx.selectFrom("audit_head").selectAll().where("id", "=", 1);
  // One writer at a time keeps the chain gapless; SQLite has only one anyway.
  let { seq, hash } = await (isPostgres(tx) ? heads.forUpdate() : heads).executeTakeFirstOrThrow();
  const rows = await mapInSlices(bodies, (said): AuditTable => {
    const body = canonicalize(said);
    if (body === undefined) throw new TypeError("an audit entry without a body");
    const prev = hash;
    seq += 1;
    hash = chainHash(seq, prev, body);
    return { seq, prev, hash, body, ...columnsOf(said) };
  });
  for (const part of partsOf(rows, chunk)) await tx.insertInto("audit").values(part).execute();
  await tx.updateTable("audit_head").set({ seq, hash }).where("id", "=", 1).execute();
}

/**
 * The columns that repeat parts of the body, to search by. Entries cannot be changed: those that an earlier version wrote of a
 * name with capitals beyond ASCII are found under its small letters alone.
 */
export function columnsOf(body: AuditBody) {
  return {
    at: body.at,
    action: body.action,
    result: body.result,
    actor_owner_id: body.actor.ownerId ?? null,
    target_owner_id: body.target?.ownerId ?? null,
    actor_name: foldName(body.actor.userName),
    token_id: body.target?.tokenId ?? null,
  };
}

/** Which entries: `owners` limits to those that acted or were acted upon; undefined is everybody. */
export type AuditFilter = {
  owners?: string[];
  tokenId?: string;
  actor?: string;
  action?: string;
  from?: number;
  to?: number;
  before?: number;
};

/** Entries that fit, newest first, at most `limit`. */
export async function selectAudit(db: Db, filter: AuditFilter, limit: number): Promise<AuditTable[]> {
  let query = db.selectFrom("audit").selectAll().orderBy("seq", "desc").limit(limit);
  const { owners, tokenId, actor, action, from, to, before } = filter;
  if (owners) {
    // One parameter, however many they are: a statement has room for 32,766 on SQLite.
    const list = JSON.stringify(owners);
    const among = isPostgres(db)
      ? sql<string>`(select json_array_elements_text(${list}::json))`
      : sql<string>`(select value from json_each(${list}))`;
    query = query.where((e) => e.or([e("actor_owner_id", "in", among), e("target_owner_id", "in", among)]));
  }
  if (tokenId) query = query.where("token_id", "=", tokenId);
  if (actor) query = query.where("actor_name", "=", foldName(actor));
  if (action) query = query.where("action", "=", action);
  if (from !== undefined) query = query.where("at", ">=", from);
  if (to !== undefined) query = query.where("at", "<=", to);
  if (before !== undefined) query = query.where("seq", "<", before);
  return query.execute();
}

/** Entries after `seq` in the order of the chain. */
export const auditAfter = (db: Db, seq: number, limit: number): Promise<AuditTable[]> =>
  db.selectFrom("audit").selectAll().where("seq", ">", seq).orderBy("seq").limit(limit).execute();

/** The last entry's number and hash. */
export const auditHead = (db: Db) =>
  db.selectFrom("audit_head").select(["seq", "hash"]).where("id", "=", 1).executeTakeFirstOrThrow();
