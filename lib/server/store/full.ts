import "server-only";
import { statfsSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { DatabaseConnection, Dialect, Driver, TransactionSettings } from "kysely";
import { codeOf, DeskError } from "../errors";
import { log } from "../log";
import { once } from "../runtime";

/*
 * A store that can be read and takes no writes: no space, a quota, a disk that fails, a file system or database that is
 * read-only. The engines' own codes tell it, here at the edge; past it there is one, `store_full`, which is no bug and wants one
 * thing done, by whoever runs the desk. The log has a line when it begins and one when it is over, however many meet it.
 */

/** Codes by which an engine says that it takes no writes. */
const full =
  /^(SQLITE_(FULL|READONLY\w*|IOERR_(WRITE|FSYNC|DIR_FSYNC|TRUNCATE|SHMSIZE))|53100|25006|ENOSPC|EROFS|EDQUOT)$/;

/** Where a little room is left small writes go through between others that do not: it is over when none failed for so long. */
const calmMs = 2_000;
/** The room that a few hundred actions take. On less it is not over, whatever went through. */
const enoughBytes = 1024 * 1024;
/** Begin and end are told so often at most. */
const toldAgainMs = 60_000;

type State = { isFull: boolean; isTold: boolean; metAt: number; toldAt: number };
const stateOf = (): State =>
  once("store.full", () => ({ isFull: false, isTold: false, metAt: 0, toldAt: Number.NEGATIVE_INFINITY }));

/** Whether it took no writes when it was last asked to, though a small one may have gone through since. */
export const storeIsFull = (): boolean => stateOf().isFull;

/** What is free where the store's file lies; undefined where it lies elsewhere, or nobody says. */
function freeBytesIn(folder: string | undefined): number | undefined {
  if (folder === undefined) return undefined;
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function noteFull(code: string, folder: string | undefined): void {
  const state = stateOf();
  Object.assign(state, { isFull: true, metAt: performance.now() });
  if (state.isTold || state.metAt - state.toldAt < toldAgainMs) return;
  Object.assign(state, { isTold: true, toldAt: state.metAt });
  log().error({ code, freeBytes: freeBytesIn(folder) }, "the store takes no writes");
}

function noteWritten(folder: string | undefined): void {
  const state = stateOf();
  if (!state.isFull || performance.now() - state.metAt < calmMs) return;
  const freeBytes = freeBytesIn(folder);
  if (freeBytes !== undefined && freeBytes < enoughBytes) return;
  if (state.isTold) log().info({ freeBytes }, "the store takes writes again");
  Object.assign(state, { isFull: false, isTold: false });
}

/** The error as it passes this edge. */
function translated(error: unknown, folder: string | undefined): unknown {
  const code = codeOf(error);
  if (!full.test(code)) return error;
  noteFull(code, folder);
  return new DeskError("store_full");
}

/** A connection that says `store_full`, and remembers whether it wrote anything. */
class WatchedConnection implements DatabaseConnection {
  isInTransaction = false;
  hasWritten = false;

  constructor(
    readonly inner: DatabaseConnection,
    private readonly folder: string | undefined,
  ) {}

  async executeQuery<R>(...[query]: Parameters<DatabaseConnection["executeQuery"]>) {
    const result = await this.saying(() => this.inner.executeQuery<R>(query));
    if ((result.numAffectedRows ?? 0n) > 0n) this.hasWritten = true;
    if (!this.isInTransaction) this.noteOutcome();
    return result;
  }

  streamQuery<R>(...[query, chunkSize]: Parameters<DatabaseConnection["streamQuery"]>) {
    return this.inner.streamQuery<R>(query, chunkSize);
  }

  async saying<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw translated(error, this.folder);
    }
  }

  /** After what is written is kept. */
  noteOutcome(): void {
    if (this.hasWritten) noteWritten(this.folder);
    this.hasWritten = false;
  }
}

class WatchingDriver implements Driver {
  constructor(
    private readonly inner: Driver,
    private readonly folder: string | undefined,
  ) {}

  init = () => this.inner.init();
  destroy = () => this.inner.destroy();

  async acquireConnection(): Promise<WatchedConnection> {
    return new WatchedConnection(await this.inner.acquireConnection(), this.folder);
  }

  async beginTransaction(connection: WatchedConnection, settings: TransactionSettings): Promise<void> {
    await connection.saying(() => this.inner.beginTransaction(connection.inner, settings));
    connection.isInTransaction = true;
  }

  async commitTransaction(connection: WatchedConnection): Promise<void> {
    await connection.saying(() => this.inner.commitTransaction(connection.inner));
    connection.noteOutcome();
  }

  rollbackTransaction = (connection: WatchedConnection) => this.inner.rollbackTransaction(connection.inner);
  releaseConnection = (connection: WatchedConnection) => this.inner.releaseConnection(connection.inner);
}

/**
 * A dialect whose errors say `store_full` where the engine takes no writes.
 * @param folder where the store's file lies, if it is one.
 */
export const watchFull = (dialect: Dialect, folder?: string): Dialect => ({
  createAdapter: () => dialect.createAdapter(),
  createDriver: () => new WatchingDriver(dialect.createDriver(), folder),
  createIntrospector: (db) => dialect.createIntrospector(db),
  createQueryCompiler: () => dialect.createQueryCompiler(),
});
