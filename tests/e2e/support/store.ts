import { join } from "node:path";
import Database from "libsql";
import type { DeskProcess } from "../../support/desk-process";

/*
 * What takes a quarter of an hour, done at once: the times in the store of a test's desk are moved back. A person who
 * waited would find the desk in the same state.
 */

function open(desk: DeskProcess): Database.Database {
  return new Database(join(desk.dataDir, "tokendesk.db"), { timeout: 5_000 });
}

function change(desk: DeskProcess, sql: string, ...values: (string | number)[]): void {
  const database = open(desk);
  try {
    const { changes } = database.prepare(sql).run(...values);
    if (changes === 0) throw new Error("nothing in the store was changed");
  } finally {
    database.close();
  }
}

const ownerOf = "(select id from owners where user_name = ?)";

/** As if the proof of a person's password lay longer back than copying allows. */
export function ageProof(desk: DeskProcess, userName: string, minutes = 60): void {
  const sql = `update connections set proved_at = proved_at - ? where owner_id in ${ownerOf}`;
  change(desk, sql, minutes * 60_000, userName);
}

/** As if a person had left the desk alone for so long. */
export function ageSession(desk: DeskProcess, userName: string, minutes = 60): void {
  const sql = `update sessions set last_active_at = last_active_at - ? where owner_id in ${ownerOf}`;
  change(desk, sql, minutes * 60_000, userName);
}

/** As if so many days had passed since somebody noted when a token should go. */
export function moveExpiry(desk: DeskProcess, tokenId: string, at: number): void {
  change(desk, "update tokens set expires_at = ?, expiry = 'advisory' where id = ?", at, tokenId);
}

/** Runs `task` while the store takes no entry into the audit trail, as if its disk were full. */
export async function withoutAudit(desk: DeskProcess, task: () => Promise<void>): Promise<void> {
  const database = open(desk);
  try {
    database.exec("create trigger full_disk before insert on audit begin select raise(abort, 'full'); end");
    await task();
  } finally {
    database.exec("drop trigger full_disk");
    database.close();
  }
}

/** Runs `task` while the store has no room for an entry of the trail: what SQLite says then is what it says of a full disk. */
export async function onFullDisk(desk: DeskProcess, task: () => Promise<void>): Promise<void> {
  const database = open(desk);
  try {
    // A table has no room for a row after the one with the largest number.
    database.exec(`create table full_disk (id integer primary key autoincrement);
      insert into full_disk values (9223372036854775807);
      create trigger no_room before insert on audit begin insert into full_disk values (null); end`);
    await task();
  } finally {
    database.exec("drop trigger no_room; drop table full_disk");
    database.close();
  }
}
