import "server-only";
import { accessSync, constants, statSync } from "node:fs";
import { keepSecret } from "../scrub";
import { canDecode } from "./encoded";
import { EnvError } from "./error";
import type { Variables } from "./variables";

const form = "postgres://user:password@host:5432/database";
const escapes = "in a password write @ : / ? # % as %40 %3A %2F %3F %23 %25";
const sslModes = ["disable", "prefer", "require", "verify-ca", "verify-full", "no-verify"];
/** What the driver takes for `verify-full`, and warns about at length. */
const likeVerifyFull = ["prefer", "require", "verify-ca"];
const files = ["sslrootcert", "sslcert", "sslkey"];

/**
 * Reads `DATABASE_URL` as far as that can be done without its server.
 * @returns the address as the driver takes it. @throws EnvError
 */
export function readDatabaseUrl(source: Variables): string | undefined {
  const text = source.DATABASE_URL?.trim();
  keepSecret(source.PGPASSWORD);
  if (!text) return undefined;
  const fault = (words: string) => new EnvError(`DATABASE_URL ${words}`);
  if (/^["']/.test(text)) throw fault("wants no quotes around it");
  if (!/^postgres(ql)?:\/\//i.test(text)) throw fault(`wants a postgres:// URL: ${form}`);
  // Of hosts in a row one is meant, and a password that is not escaped makes another part of what follows.
  if (!URL.canParse(text))
    throw fault(`cannot be read: it wants ${form}, with one host and a port up to 65535; ${escapes}`);
  const url = new URL(text);
  if (url.hostname.includes(",")) throw fault("names several hosts: name one");
  if (url.hash) throw fault(`has a # in it: ${escapes}`);
  for (const part of [url.username, url.password, url.pathname])
    if (!canDecode(part)) throw fault(`has a % that stands for nothing: ${escapes}`);
  if (/%00/.test(text)) throw fault("has a NUL in it (%00)");
  const port = url.searchParams.get("port");
  if (port !== null && !/^\d{1,5}$/.test(port)) throw fault("names a port that is no number");
  if (url.pathname.slice(1).includes("/")) throw fault(`names a database with / in it: ${escapes}`);
  const mode = url.searchParams.get("sslmode");
  if (mode !== null && !sslModes.includes(mode))
    throw fault(`has an unknown sslmode: use ${sslModes.join(", ")}`);
  for (const name of files) {
    const file = url.searchParams.get(name);
    if (file !== null && !canRead(file)) throw fault(`names a file as its ${name} that cannot be read`);
  }
  if (mode === null || !likeVerifyFull.includes(mode) || url.searchParams.has("uselibpqcompat")) return text;
  url.searchParams.set("sslmode", "verify-full");
  return url.href;
}

function canRead(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
