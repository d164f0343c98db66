import "server-only";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** Puts what a file holds on disk. */
export function syncFile(path: string): void {
  const handle = openSync(path, "r+");
  fsyncSync(handle);
  closeSync(handle);
}

/** Puts the names in a folder on disk: what was made, renamed or removed there. */
export function syncFolder(path: string): void {
  // Windows has no handle on a folder to do this with.
  if (process.platform === "win32") return;
  const handle = openSync(path, "r");
  fsyncSync(handle);
  closeSync(handle);
}

/** Moves a file to another name on the same volume, replacing what is there, in one step that lasts. */
export function moveFile(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
}

/**
 * Adds a line to a file that only its owner reads, and makes it last. A line that a dying process left unfinished is
 * ended first, so that it does not swallow this one. Where there is no room for all of the line, nothing of it stays.
 * @throws Error where the file cannot be written.
 */
export function appendLine(path: string, line: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const handle = openSync(path, "a+", 0o600);
  try {
    const { size } = fstatSync(handle);
    const last = Buffer.alloc(1);
    if (size > 0) readSync(handle, last, 0, 1, size - 1);
    const start = size > 0 && last.toString() !== "\n" ? "\n" : "";
    const bytes = Buffer.from(`${start}${line}\n`);
    try {
      // A disk that fills up takes a part, and says so only to whoever asks for the rest.
      for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
      fsyncSync(handle);
    } catch (error) {
      ftruncateSync(handle, size);
      throw error;
    }
  } finally {
    closeSync(handle);
  }
}
