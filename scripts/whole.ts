import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/*
 * Whether a copy of the folder that a build makes has all that was in it. What is missing would show later, as a stack, as
 * pages without style, or as a desk that never begins.
 */

const list = join("scripts", "files.json");
const mend = "copy it anew and whole (cp -a), or build it with npm run build";

/** Notes what is in the folder: the last step of a build. */
export function noteFiles(folder: string): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  writeFileSync(join(folder, list), JSON.stringify(files));
}

/** Why the folder cannot be run, and what to do, in one line; undefined where it is whole. */
export function whyNotWhole(folder: string): string | undefined {
  if (!existsSync(join(folder, list))) return `${folder} is not whole: ${list} is missing; ${mend}`;
  const files: string[] = JSON.parse(readFileSync(join(folder, list), "utf8"));
  const missing = files.filter((file) => !existsSync(join(folder, file)));
  if (missing.length === 0) return undefined;
  const others = missing.length === 1 ? "" : ` and ${missing.length - 1} more`;
  return `${folder} is not whole: ${missing[0]}${others} missing; ${mend}`;
}
