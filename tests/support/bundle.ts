import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { bundling } from "../../scripts/standalone";

const root = resolve(import.meta.dirname, "../..");
const folder = join(root, ".tmp", "commands");
const bundles = new Map<string, Promise<string>>();

/** Makes one file of a script and all that it imports, once a process. Returns its path. */
export function bundle(script: string): Promise<string> {
  const made = bundles.get(script) ?? make(script);
  bundles.set(script, made);
  return made;
}

async function make(script: string): Promise<string> {
  const { outputFiles } = await build({
    ...bundling,
    absWorkingDir: root,
    entryPoints: [script],
    write: false,
    // As libsql, what `die-at-step.mjs` lays hands on.
    external: [...bundling.external, "pg"],
  });
  const file = join(folder, `${script.replaceAll("/", "-")}.mjs`);
  mkdirSync(folder, { recursive: true });
  // Another worker may be reading the same one.
  writeFileSync(`${file}.${process.pid}`, outputFiles[0]?.contents ?? "");
  renameSync(`${file}.${process.pid}`, file);
  return file;
}
