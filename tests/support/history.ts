import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import canonicalize from "canonicalize";
import { sql } from "kysely";
import { days, minutes } from "@/lib/server/clock";
import type { Keys } from "@/lib/server/crypto";
import { readEnv } from "@/lib/server/env";
import { type Checkpoint, makeCheckpoint } from "@/lib/server/services/audit/checkpoint";
import { keepKnownCheckpoints } from "@/lib/server/services/audit/known-checkpoints";
import { closeDesk, openDesk } from "@/lib/server/services/desk";
import { emptyItem } from "@/lib/server/services/operations/empty-item";
import { emptyToken } from "@/lib/server/services/tokens/empty";
import { type AuditBody, chainHash, columnsOf, genesis } from "@/lib/server/store/audit";
import { isPostgres } from "@/lib/server/store/engine";
import type { AuditTable, Db, OperationTable, Schema } from "@/lib/server/store/schema";

/*
 * A store as years of use leave it: a long trail, and all that goes with it. What is written is the same each time, and so fast
 * that a million entries are a matter of a minute: past the desk's services, but with a chain that verifies.
 */

/** Whom the history is of. The first is a robot, which does nearly a third of all; the second leads all others. */
export type Person = { ownerId: string; userId: string; userName: string };

export type History = {
  portal: string;
  people: Person[];
  /** So many entries of the trail; of the rest a share of that. */
  entries: number;
  /** The time of the last entry, and how long before it the first was written. */
  until: number;
  spanMs?: number;
};

const atOnce = 2_000;

/** 3,002 of them. */
export const historyPeople = (): Person[] =>
  Array.from({ length: 3_002 }, (_, index) => ({
    ownerId: `own_${String(index).padStart(26, "0")}`,
    userId: String(1_001 + index),
    userName: `p${index}@history.example`,
  }));

/** Writes a store of the desk's own, with its key and checkpoints, as long as nobody works on it. */
export async function seedHistory({
  people,
  entries,
  checkpoints = 0,
  ...given
}: Pick<History, "people" | "entries"> & { checkpoints?: number } & Record<string, unknown>): Promise<void> {
  const portals = JSON.stringify([{ id: "sim", name: "Simulator", baseUrl: "http://127.0.0.1:1/api" }]);
  const desk = await openDesk(
    readEnv({ NODE_ENV: "test", PORTALS: portals, ...(given as Record<string, string>) }),
  );
  const { db, env, keys } = desk;
  await writeHistory(db, { portal: "sim", people, entries, until: Date.now() });
  await writeCheckpoints(
    db,
    env.checkpointsFile,
    keys,
    Math.max(1, Math.floor(entries / Math.max(1, checkpoints))),
  );
  await closeDesk(desk);
}

/** Writes a checkpoint of every so many entries. */
async function writeCheckpoints(db: Db, file: string, keys: Keys, every: number): Promise<void> {
  let last: Checkpoint | undefined;
  let written = 0;
  for (let after = 0; ; ) {
    const rows = await db
      .selectFrom("audit")
      .select(["seq", "hash", "at"])
      .where("seq", ">", after)
      .orderBy("seq")
      .limit(atOnce)
      .execute();
    const made = rows
      .filter(({ seq }) => seq % every === 0)
      .map(({ seq, hash, at }) => makeCheckpoint(keys, { entries: seq, head: hash }, at));
    if (made.length > 0)
      appendFileSync(file, made.map((one) => `${JSON.stringify(one)}\n`).join(""), { mode: 0o600 });
    written += made.length;
    last = made.at(-1) ?? last;
    after = rows.at(-1)?.seq ?? after;
    if (rows.length < atOnce) break;
  }
  await keepKnownCheckpoints(db, keys, { written, last });
}

/** Writes it into an empty store. */
export async function writeHistory(db: Db, history: History): Promise<void> {
  const { people, portal, until } = history;
  await insertRows(
    db,
    "owners",
    people.map(({ ownerId, userId, userName }) => ({
      id: ownerId,
      portal,
      user_id: userId,
      user_name: userName,
      full_name: null,
      merged_into: null,
      tokens_version: 1,
      created_at: until - (history.spanMs ?? days(365)),
    })),
  );
  await writeTrail(db, history);
  await writeUse(db, history, {
    sessions: Math.floor(history.entries / 5),
    operations: Math.floor(history.entries / 20),
    failures: Math.floor(history.entries / 20),
  });
}

/** How much has ended, or come to its end. Half of the operations minted a token, half revoked it: it is revoked by now. */
export type Use = { sessions: number; operations: number; failures: number };

/** Writes what these people left behind besides the trail. Nothing of it is open any more. */
export async function writeUse(
  db: Db,
  { people, portal, until, spanMs = days(365) }: Omit<History, "entries">,
  { sessions, operations, failures }: Use,
): Promise<void> {
  const next = numbers(2);
  const many = async (count: number, write: (rows: Past[]) => Promise<void>) => {
    for (let start = 0; start < count; start += atOnce) {
      const rows = Array.from({ length: Math.min(atOnce, count - start) }, (_, index) => {
        const n = start + index;
        // What began last has ended by then, too.
        const at = Math.floor(until - minutes(30) - (spanMs * (count - n)) / count);
        return { n, at, whose: people[next(people.length)] as Person };
      });
      await write(rows);
    }
  };
  await many(sessions, (rows) => writeEndedSessions(db, portal, rows));
  await many(operations, (rows) => writeDone(db, portal, rows));
  await many(failures, (rows) =>
    insertRows(
      db,
      "sign_in_failures",
      rows.map(({ n, at }) => ({ key: idOf("sign-in", n), failures: 1, blocked_until: at, updated_at: at })),
    ),
  );
}

type Past = { n: number; at: number; whose: Person };

async function writeEndedSessions(db: Db, portal: string, rows: Past[]): Promise<void> {
  const ended = ({ at }: Past) => ({ created_at: at, ended_at: at + minutes(30) });
  await insertRows(
    db,
    "sessions",
    rows.map((row) => ({
      ...ended(row),
      id: idOf("ses", row.n),
      sid_hash: idOf("sid", row.n),
      owner_id: row.whose.ownerId,
      last_active_at: row.at,
      expires_at: row.at + days(1),
      end_reason: "idle",
      ip: "198.51.100.7",
      user_agent:
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
    })),
  );
  await insertRows(
    db,
    "connections",
    rows.map((row) => ({
      ...ended(row),
      id: idOf("con", row.n),
      session_id: idOf("ses", row.n),
      portal,
      owner_id: row.whose.ownerId,
      roles: "[]",
      roles_at: row.at,
      proved_by: "password" as const,
      proved_at: row.at,
      state: "ended" as const,
      sealed_credential: null,
      accounts: null,
    })),
  );
}

async function writeDone(db: Db, portal: string, rows: Past[]): Promise<void> {
  const operation = ({ n, at, whose }: Past): OperationTable => ({
    id: idOf("op", "done", n),
    kind: n % 2 === 0 ? "mint" : "revoke",
    state: "done",
    actor_owner_id: whose.ownerId,
    actor_name: whose.userName,
    actor_portal: portal,
    actor_role: "owner",
    ip: "198.51.100.7",
    request_id: idOf("req", "done", n),
    idempotency_key: n % 2 === 0 ? idOf("key", n) : null,
    request_hash: null,
    request: JSON.stringify(n % 2 === 0 ? { label: `service ${n}` } : { reason: "unused" }),
    baseline: null,
    created_at: at,
    updated_at: at,
  });
  // The second of two revokes what the first has minted.
  const tokenOf = (n: number) => idOf("tok", "done", n - (n % 2));
  const about = ({ whose }: Past) => ({ actor_owner_id: whose.ownerId, owner_id: whose.ownerId });
  await insertRows(db, "operations", rows.map(operation));
  await insertRows(
    db,
    "operation_items",
    rows.map((row) => ({
      ...emptyItem,
      ...about(row),
      operation_id: idOf("op", "done", row.n),
      position: 0,
      kind: row.n % 2 === 0 ? ("mint" as const) : ("revoke" as const),
      portal,
      token_id: tokenOf(row.n),
      label: `service ${row.n}`,
      state: "done" as const,
    })),
  );
  await insertRows(
    db,
    "tokens",
    rows
      .filter(({ n }) => n % 2 === 0)
      .map(({ n, at, whose }) => ({
        ...emptyToken,
        id: tokenOf(n),
        owner_id: whose.ownerId,
        hint: "abcd…wxyz",
        status: "revoked" as const,
        label: `service ${n}`,
        created_at: at,
        first_seen_at: at,
        listed_at: at,
        status_at: at,
        revoked_at: at,
        revoked_by: whose.userName,
        revoke_reason: "unused",
        receipt: "{}",
      })),
  );
}

/** The next of a fixed row of numbers below `below`, so that each history is the same. */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    // Numerical Recipes' linear congruential generator.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const idOf = (kind: string, ...parts: (string | number)[]) =>
  `${kind}_${createHash("sha256")
    .update(parts.join(" "))
    .digest("hex")
    .slice(0, 26)
    .replaceAll(/\d/g, (digit) => "ghijklmnop"[Number(digit)] ?? "")}`;

async function writeTrail(db: Db, history: History): Promise<void> {
  const { entries, until, spanMs = days(365) } = history;
  const next = numbers(1);
  let hash = genesis;
  let rows: AuditTable[] = [];
  const happened: Said[] = [];
  for (let seq = 1; seq <= entries; seq += 1) {
    if (happened.length === 0) happened.push(...happening(history, seq, next));
    const at = Math.floor(until - (spanMs * (entries - seq)) / entries);
    const said: AuditBody = {
      at,
      ...(happened.shift() as Said),
      ip: "198.51.100.7",
      requestId: idOf("req", seq),
    };
    const body = canonicalize(JSON.parse(JSON.stringify(said))) ?? "";
    const prev = hash;
    hash = chainHash(seq, prev, body);
    rows.push({ seq, prev, hash, body, ...columnsOf(said) });
    if (rows.length < atOnce && seq < entries) continue;
    await insertRows(db, "audit", rows);
    rows = [];
  }
  await db.updateTable("audit_head").set({ seq: entries, hash }).where("id", "=", 1).execute();
}

type Said = Pick<AuditBody, "action" | "result" | "actor" | "target" | "operationId" | "detail">;

/** The next that happens on a desk, each thing as often as it does: one entry of the trail, or more. */
function happening({ portal, people }: History, seq: number, next: (below: number) => number): Said[] {
  const pick = () => people[2 + next(people.length - 2)] as Person;
  const [robot, lead] = people as [Person, Person];
  const named = ({ ownerId, userName }: Person) => ({ ownerId, portal, userName });
  const token = (whose: Person, of: number) => ({
    ...named(whose),
    tokenId: idOf("tok", whose.ownerId, next(of)),
    label: `service ${next(40)}`,
  });
  const dice = next(100);
  const [checked, led] = [token(robot, 200), token(pick(), 20)];
  if (dice < 30)
    return [
      {
        action: "token.check",
        result: "ok",
        actor: named(robot),
        target: checked,
        detail: { result: "live" },
      },
    ];
  const actor = { ...named(lead), role: "lead" };
  if (dice < 40)
    return [{ action: "token.label", result: "ok", actor, target: led, detail: { changed: "label, tags" } }];
  if (dice < 45) {
    const revoked = { action: "token.revoke", actor, target: led, operationId: idOf("op", seq) };
    return [
      { ...revoked, result: "intent", detail: { reason: "unused" } },
      { ...revoked, result: "ok" },
    ];
  }
  const person = pick();
  if (dice < 55)
    return [
      {
        action: "session.end",
        result: "ok",
        actor: { portal: "", userName: "Tokendesk" },
        target: named(person),
        detail: { reason: "idle" },
      },
    ];
  if (dice < 60)
    return [
      {
        action: "session.sign_in_failed",
        result: "refused",
        actor: { portal, userName: `guess-${next(5_000)}@elsewhere.example` },
        detail: { code: "invalid_credentials" },
      },
    ];
  const self = named(person);
  if (dice < 80)
    return [{ action: "session.sign_in", result: "ok", actor: self, detail: { by: "password" } }];
  if (dice < 90) return [{ action: "token.copy", result: "ok", actor: self, target: token(person, 20) }];
  return [{ action: "owner.synced", result: "ok", actor: self, target: self, detail: { appeared: next(5) } }];
}

/** Writes rows of a table by one statement for many: as a list in JSON, which is one parameter. */
export async function insertRows<T extends keyof Schema>(db: Db, table: T, rows: Schema[T][]): Promise<void> {
  for (let start = 0; start < rows.length; start += atOnce) {
    const part = rows.slice(start, start + atOnce);
    const columns = Object.keys(part[0] ?? {});
    const list = JSON.stringify(part);
    const names = sql.join(columns.map((column) => sql.ref(column)));
    const values = isPostgres(db)
      ? sql`select ${names} from json_populate_recordset(null::${sql.table(table)}, ${list}::json)`
      : sql`select ${sql.join(columns.map((column) => sql`value ->> ${sql.lit(column)}`))} from json_each(${list})`;
    await sql`insert into ${sql.table(table)} (${names}) ${values}`.execute(db);
  }
}
