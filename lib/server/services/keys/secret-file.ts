import "server-only";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newSecret } from "../../crypto";
import { moveFile, syncFolder } from "../../store/durable-file";
import { KeyError } from "./key-error";

/*
 * The secret that a loopback desk keeps for itself, beside the database that it protects: the file `secret` in the
 * data folder, readable by its owner alone. While it is being changed the coming one lies in `secret.next`; which
 * of the two is the right one, the store's wrapped key tells.
 */

const fileOf = (folder: string) => join(folder, "secret");
const nextOf = (folder: string) => join(folder, "secret.next");

/**
 * The desk's own secrets: the present one, and the one that an interrupted change was to put in its place.
 * @throws KeyError when there is none, or the present one is damaged.
 */
export function readOwnSecrets(folder: string): string[] {
  const present = readSecretFile(fileOf(folder));
  const next = readIfThere(nextOf(folder));
  if (present === undefined && next === undefined)
    throw new KeyError(
      `TOKENDESK_SECRET is not set, and ${fileOf(folder)} is missing: set the secret that the store was made with, or put the file back`,
    );
  return [present, next].filter((secret) => secret !== undefined && secret.length >= 32) as string[];
}

/** The secret of a desk on a new store, made where there is none. @throws KeyError when it is damaged. */
export function makeOwnSecret(folder: string): string {
  const known = readSecretFile(fileOf(folder));
  if (known !== undefined) return known;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const secret = newSecret();
  writeWhole(fileOf(folder), secret);
  return secret;
}

/** Puts the coming secret on disk, before anything is wrapped under it. */
export function announceOwnSecret(folder: string, secret: string): void {
  writeWhole(nextOf(folder), secret);
}

/** Ends a change, whole or interrupted: the secret that opened the store is the one that stays. */
export function settleOwnSecret(folder: string, opened: string): void {
  const next = readIfThere(nextOf(folder));
  if (next === undefined) return;
  if (next === opened) {
    moveFile(nextOf(folder), fileOf(folder));
    return;
  }
  rmSync(nextOf(folder));
  syncFolder(folder);
}

/** Whole and on disk when this returns: a store whose secret is lost cannot be read again. */
function writeWhole(file: string, secret: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${secret}\n`, { mode: 0o600, flush: true });
  moveFile(draft, file);
}

function readSecretFile(file: string): string | undefined {
  const text = readIfThere(file);
  if (text !== undefined && text.length < 32)
    throw new KeyError(
      `TOKENDESK_DATA: ${file} is damaged, it wants at least 32 characters: put back the one that the store was made with, or delete it where there is no store yet`,
    );
  return text;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new KeyError(
      `TOKENDESK_DATA: ${file} cannot be read as a file: give it to the user that runs the desk (chown)`,
    );
  }
}
