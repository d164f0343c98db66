import "server-only";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import Database from "libsql";
import { seconds } from "../clock";
import { newSecret } from "../crypto";
import { codeOf } from "../errors";
import { fileFault, StoreError } from "./error";

/** Another process works on the data folder. */
export class FolderLockedError extends StoreError {}

/** The store's file in a data folder. */
export const sqliteFile = (folder: string): string => join(folder, "tokendesk.db");

/** The file whose lock says that a desk works on a data folder. */
export const lockFile = (folder: string): string => join(folder, "desk.lock");

/** What a desk writes to: a folder, unless its store lies on a server, and the file of its checkpoints. */
export type Places = { dataDir: string; databaseUrl?: string; checkpointsFile: string };

/**
 * Finds out by writing whether these take what a desk writes there; a folder is made where there is none. Only while this
 * process has none of the files open: closing one would end the locks that SQLite holds on it (fcntl(2)).
 * @throws StoreError
 */
export function probePlaces({ dataDir, databaseUrl, checkpointsFile }: Places): void {
  if (!databaseUrl) {
    probeFolder("TOKENDESK_DATA", dataDir);
    const store = sqliteFile(dataDir);
    for (const file of [lockFile(dataDir), store, `${store}-wal`, `${store}-shm`])
      probeFile("TOKENDESK_DATA", file);
  }
  const folder = dirname(resolve(checkpointsFile));
  const variable = folder === resolve(dataDir) ? "TOKENDESK_DATA" : "TOKENDESK_CHECKPOINTS";
  probeFolder(variable, folder);
  probeFile(variable, checkpointsFile);
}

function probeFolder(variable: string, folder: string): void {
  const probe = join(folder, `.probe-${newSecret()}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(probe, "wx", 0o600));
    rmSync(probe);
  } catch (error) {
    throw fileFault(variable, folder, error);
  }
}

/** A file that is not there yet is no fault: its folder takes new ones. One may take additions alone. */
function probeFile(variable: string, file: string): void {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) return;
    if (!found.isFile() && !found.isDirectory()) throw new StoreError(`${variable}: ${file} is no file`);
    closeSync(openSync(file, constants.O_RDWR | constants.O_APPEND));
  } catch (error) {
    throw error instanceof StoreError ? error : fileFault(variable, file, error);
  }
}

const lookEveryMs = seconds(2);

/**
 * Takes the data folder for this process by an exclusive transaction on a file of its own. The operating system
 * holds that lock, so it ends with the process, however it dies.
 * @param onLost called when the file was taken away or replaced: another process may have the new one.
 * @returns the release.
 * @throws FolderLockedError while another process holds it, StoreError where it cannot be had or proves to be none.
 */
export function lockFolder(folder: string, onLost: () => void): () => void {
  const releases: (() => void)[] = [];
  const release = () => {
    for (const one of releases.splice(0)) one();
  };
  try {
    for (const place of placesOf(folder)) releases.push(lockPlace(place, onLost));
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** A data folder and, where its store is a link, the folder of the store itself: another folder may have such a link, too. */
function placesOf(folder: string): string[] {
  const store = sqliteFile(folder);
  if (!existsSync(store)) return [folder];
  const home = dirname(realpathSync(store));
  return home === realpathSync(folder) ? [folder] : [folder, home];
}

function lockPlace(folder: string, onLost: () => void): () => void {
  const path = lockFile(folder);
  const lock = openLock(folder);
  try {
    lock.exec("begin exclusive");
    proveLock(folder);
  } catch (error) {
    lock.close();
    throw lockFault(path, error);
  }
  const held = identityOf(path);
  const look = setInterval(() => {
    if (identityOf(path) === held) return;
    clearInterval(look);
    onLost();
  }, lookEveryMs).unref();
  return () => {
    clearInterval(look);
    lock.close();
  };
}

function lockFault(path: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (isBusy(error))
    return new FolderLockedError(
      "another Tokendesk works on this data folder (TOKENDESK_DATA): stop it, or name another folder",
    );
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(codeOf(error)))
    return new StoreError(`TOKENDESK_DATA: ${path} is damaged: delete it, there is nothing in it`);
  return fileFault("TOKENDESK_DATA", path, error);
}

function openLock(folder: string): Database.Database {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return new Database(lockFile(folder), { timeout: 0 });
  } catch (error) {
    throw fileFault("TOKENDESK_DATA", lockFile(folder), error);
  }
}

/** On a file that it may only read, SQLite begins no more than to read, and does not say so: anybody could begin the same. */
function proveLock(folder: string): void {
  const second = openLock(folder);
  try {
    second.exec("begin exclusive");
  } catch (error) {
    if (isBusy(error)) return;
    throw error;
  } finally {
    second.close();
  }
  throw new StoreError(
    `TOKENDESK_DATA: ${lockFile(folder)} cannot be locked: give it to the user that runs the desk (chown)`,
  );
}

const isBusy = (error: unknown) => codeOf(error) === "SQLITE_BUSY";

/** Which file it is: another one of the same name is none of ours. */
function identityOf(path: string): string {
  const { dev, ino } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return `${dev}:${ino}`;
}
