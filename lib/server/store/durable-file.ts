import "server-only";
import { closeSync, fsyncSync, openSync, renameSync } from "node:fs";
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
