import "server-only";
import type { Logger } from "pino";
import { codeOf, DeskError, loggedError } from "../errors";

/*
 * What becomes of an error that reached the edge. Codes of ours pass; a store that cannot be reached has its own;
 * everything else is one generic code. The message of a foreign error is neither answered nor logged.
 */

/** Recognised by name: the framework may hold more than one copy of the class in a process. */
const isDeskError = (error: unknown): error is DeskError =>
  error instanceof DeskError || (error instanceof Error && error.name === "DeskError" && "code" in error);

/** SQLite's errors that are not about the statement: full or broken disk, read-only file, lock. */
const sqliteFailure = /^SQLITE_(FULL|IOERR|READONLY|BUSY|LOCKED|CANTOPEN|CORRUPT|NOTADB|PERM|NOMEM|PROTOCOL)/;
/** PostgreSQL's classes of connection, resources, operator intervention and system errors, and the socket's own. */
const postgresFailure = /^(08|53|57|58)[0-9A-Z]{3}$|^E(CONN|TIMEDOUT|HOST|NET|PIPE|NOTFOUND|AI_AGAIN)/;
const poolFailure = /^(timeout exceeded when trying to connect|Connection terminated)/;

function isStoreFailure(error: unknown): boolean {
  const code = codeOf(error);
  if (sqliteFailure.test(code) || postgresFailure.test(code)) return true;
  return error instanceof Error && poolFailure.test(error.message);
}

/** Turns whatever was thrown into an error that may be answered, logging what nobody foresaw. */
export function toDeskError(error: unknown, log: Logger, about: Record<string, string>): DeskError {
  if (isDeskError(error)) return error;
  const known = isStoreFailure(error) ? "store_unavailable" : "internal";
  log.error({ ...about, ...loggedError(error) }, known);
  return new DeskError(known);
}
