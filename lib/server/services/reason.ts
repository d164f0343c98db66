import "server-only";
import { EnvError } from "../env";
import { StoreError } from "../store/error";
import { TrailError } from "./audit/trail-error";
import { BackupError } from "./backups/backup-error";
import { KeyError } from "./keys/key-error";

/**
 * Why the desk, or one of its commands, cannot do its work: one line, fit to print. Our own errors say what is wrong;
 * of foreign ones only the code is told, for drivers quote what they were given.
 */
export function reasonOf(error: unknown): string {
  const ours = [EnvError, KeyError, BackupError, TrailError, StoreError];
  if (error instanceof Error && ours.some((kind) => error instanceof kind)) return error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return `the store cannot be opened (${code || (error instanceof Error ? error.name : "unknown error")})`;
}
