import "server-only";
import { readFileSync, statSync } from "node:fs";
import { codeOf } from "../errors";
import { EnvError } from "./error";
import type { Variables } from "./variables";

const shortest = 32;
const tooShort = `wants at least ${shortest} characters: openssl rand -base64 32 makes some`;
const whyNot: Record<string, string> = {
  ENOENT: "is not there",
  EACCES: "may not be read by this user: give it to the user that runs the desk (chown)",
  EISDIR: "is no file",
};

/**
 * Reads a secret from a variable, or from the file that another one names (`<name>_FILE`). Never from an argument: everybody on
 * the machine sees those.
 * @throws EnvError
 */
export function readSecret(source: Variables, name: string): string | undefined {
  const value = source[name];
  if (value && value.length < shortest) throw new EnvError(`${name} ${tooShort}`);
  const file = source[`${name}_FILE`];
  return value || (file ? readSecretFile(`${name}_FILE`, file) : undefined);
}

function readSecretFile(name: string, file: string): string {
  let text: string;
  try {
    // It is read more than once, and a pipe waits for whoever writes into it.
    if (!statSync(file).isFile()) throw Object.assign(new Error(), { code: "EISDIR" });
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new EnvError(
      `${name} cannot be read: ${file} ${whyNot[codeOf(error)] ?? `fails with ${codeOf(error)}`}`,
    );
  }
  if (text.length < shortest) throw new EnvError(`${name}: ${file} ${tooShort}`);
  return text;
}
