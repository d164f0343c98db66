import "server-only";
import { codeOf } from "../errors";

/** Why a store cannot be used: one line, fit to print, that names the variable, the cause and what mends it. */
export class StoreError extends Error {}

const giveIt = "give it to the user that runs the desk (chown), or name another place";
const partIsFile = "a part of the path is a file: name another place";
const full = "there is no room left on its disk: make some";
const readOnly = "its file system is read-only: mount it for writing, or name another place";

/** As `full.ts` calls what the engines say of it, which is in the log. */
export const noWrites =
  "it takes no writes: see the line of the log before this one, and whether there is room on its disk";

/** By codes of the operating system, and of SQLite. */
const faults: [codes: RegExp, words: string][] = [
  [/^(EACCES|EPERM)$/, `this user may not write it: ${giveIt}`],
  [/^EROFS$/, readOnly],
  [/^store_full$/, noWrites],
  [/^(ENOSPC|EDQUOT|SQLITE_FULL)$/, full],
  [/^(ENOTDIR|EEXIST)$/, partIsFile],
  [/^EISDIR$/, "it is a folder where a file is wanted: move it away"],
  [/^ENOENT$/, "a part of the path is missing: make it, or name another place"],
  [/^ELOOP$/, "its links lead in a circle: name another place"],
  [/^ENAMETOOLONG$/, "the path is too long: name another place"],
  [
    /^(SQLITE_NOTADB|SQLITE_CORRUPT\w*)$/,
    "it is no SQLite file, or a damaged one: restore a backup (npm run restore)",
  ],
  [/^(SQLITE_READONLY\w*|SQLITE_CANTOPEN\w*|SQLITE_PERM)$/, `it cannot be opened for writing: ${giveIt}`],
  [/^SQLITE_(BUSY|LOCKED)\w*$/, "another program has it open: end that first"],
  [
    /^(SQLITE_IOERR\w*(LOCK|SHM)\w*|SQLITE_PROTOCOL|ENOLCK)$/,
    "its file system keeps no locks: name a place on a local disk",
  ],
  [/^(EIO|SQLITE_IOERR\w*)$/, "its disk fails to read or write: look at the system's log"],
];

/** What keeps a file or folder from being used, in words. */
export function fileFault(variable: string, path: string, error: unknown): StoreError {
  const code = codeOf(error);
  const words =
    faults.find(([codes]) => codes.test(code))?.[1] ?? `it cannot be used (${code || "unknown error"})`;
  return new StoreError(`${variable}: ${path}: ${words}`);
}
