import "server-only";
import { hash as digest } from "node:crypto";
import canonicalize from "canonicalize";
import { sql } from "kysely";
import { foldName } from "../names";
import { mapInSlices, partsOf } from "../slices";
import { among, isPostgres } from "./engine";
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
  digest("sha256", `TLA1\n${seq}\n${prev}\n${body}`, "hex");

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

/** Entries after `seq` in the order of the chain. */
export const auditAfter = (db: Db, seq: number, limit: number): Promise<AuditTable[]> =>
  db.selectFrom("audit").selectAll().where("seq", ">", seq).orderBy("seq").limit(limit).execute();

/** The hashes of those of these entries that there are. */
export async function auditHashes(db: Db, seqs: number[]): Promise<Map<number, string>> {
  const list = among(db, seqs.map(String));
  const rows = await db
    .selectFrom("audit")
    .select(["seq", "hash"])
    .where("seq", "in", sql<number>`(select cast(value as bigint) from ${list} as numbers)`)
    .execute();
  return new Map(rows.map(({ seq, hash }) => [seq, hash]));
}

/** The last entry's number and hash. */
export const auditHead = (db: Db) =>
  db.selectFrom("audit_head").select(["seq", "hash"]).where("id", "=", 1).executeTakeFirstOrThrow();

/** When an entry was written; undefined where there is none. */
export const auditAt = async (db: Db, seq: number): Promise<number | undefined> =>
  (await db.selectFrom("audit").select("at").where("seq", "=", seq).executeTakeFirst())?.at;
