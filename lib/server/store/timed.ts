import "server-only";
import type { DatabaseConnection, Dialect, Driver, TransactionSettings } from "kysely";
import { type StoreTimer, storeTimer } from "../metrics/count";

/*
 * Notes how long the store takes, where the desk measures itself: else a dialect stays as it is.
 */

type Query = Parameters<DatabaseConnection["executeQuery"]>[0];

const isReading = ({ query, sql }: Query): boolean =>
  query.kind === "SelectQueryNode" || (query.kind === "RawNode" && /^\s*select\b/i.test(sql));

class TimedConnection implements DatabaseConnection {
  constructor(
    readonly inner: DatabaseConnection,
    private readonly time: StoreTimer,
  ) {}

  executeQuery<R>(query: Query) {
    return this.time(isReading(query) ? "read" : "write", () => this.inner.executeQuery<R>(query));
  }

  streamQuery<R>(...[query, chunkSize]: Parameters<DatabaseConnection["streamQuery"]>) {
    return this.inner.streamQuery<R>(query, chunkSize);
  }
}

class TimedDriver implements Driver {
  constructor(
    private readonly inner: Driver,
    private readonly time: StoreTimer,
  ) {}

  init = () => this.inner.init();
  destroy = () => this.inner.destroy();

  acquireConnection = async () =>
    new TimedConnection(await this.time("wait", () => this.inner.acquireConnection()), this.time);
  // On SQLite it waits for whoever else writes into the file.
  beginTransaction = ({ inner }: TimedConnection, settings: TransactionSettings) =>
    this.time("wait", () => this.inner.beginTransaction(inner, settings));
  commitTransaction = ({ inner }: TimedConnection) =>
    this.time("commit", () => this.inner.commitTransaction(inner));
  rollbackTransaction = ({ inner }: TimedConnection) => this.inner.rollbackTransaction(inner);
  releaseConnection = ({ inner }: TimedConnection) => this.inner.releaseConnection(inner);
}

/** A dialect whose steps are timed. */
export function timed(dialect: Dialect): Dialect {
  const time = storeTimer();
  if (!time) return dialect;
  return {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => new TimedDriver(dialect.createDriver(), time),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  };
}
