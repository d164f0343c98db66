import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { builtFolder } from "../../../scripts/ensure-build";

const root = resolve(import.meta.dirname, "../../..");

/** The folder that the desk runs out of, but with nothing in it that knows of `proxy.ts`. */
export function buildWithoutProxy(): { folder: string; remove(): void } {
  mkdirSync(join(root, ".tmp"), { recursive: true });
  const folder = mkdtempSync(join(root, ".tmp", "unproxied-"));
  cpSync(builtFolder(root), folder, { recursive: true, verbatimSymlinks: true });
  // Where Next looks whether there is a proxy to ask first.
  const manifest = join(
    folder,
    process.env.NEXT_DIST_DIR || ".next",
    "server/functions-config-manifest.json",
  );
  writeFileSync(manifest, JSON.stringify({ version: 1, functions: {} }));
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
