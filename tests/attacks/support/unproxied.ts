import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");
/** Where Next looks whether there is a proxy to ask first. */
const manifest = "functions-config-manifest.json";

/** The app as it was built, but with nothing that knows of `proxy.ts`. */
export function buildWithoutProxy(): { distDir: string; remove(): void } {
  const built = resolve(root, process.env.NEXT_DIST_DIR || ".next");
  mkdirSync(join(root, ".tmp"), { recursive: true });
  const folder = mkdtempSync(join(root, ".tmp", "unproxied-"));
  mkdirSync(join(folder, "server"));
  for (const [from, to, except] of [
    [built, folder, "server"],
    [join(built, "server"), join(folder, "server"), manifest],
  ] as const)
    for (const name of readdirSync(from))
      if (name !== except) symlinkSync(relative(to, join(from, name)), join(to, name));
  writeFileSync(join(folder, "server", manifest), JSON.stringify({ version: 1, functions: {} }));
  return { distDir: relative(root, folder), remove: () => rmSync(folder, { recursive: true }) };
}
