import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildOptions } from "esbuild";
import { noteFiles } from "./whole";

/*
 * The folder that runs wherever it is copied: what Next traced for `output: "standalone"`, with the programs that npm starts in
 * a checkout, as plain programs of Node. `npm start` and the tests run the desk out of it as well.
 */

/** npm's scripts that work without the sources, and the program of `scripts/` for each. */
const programs: Record<string, string> = {
  start: "start-built",
  backup: "backup",
  restore: "restore",
  "audit:verify": "audit-verify",
  "audit:reset": "audit-reset",
  "secret:change": "change-secret",
  doctor: "doctor",
};

/** Programs that are plain Node's already. */
const plain = ["desk.mjs", "early-signals.mjs", "end-with-parent.mjs", "live.mjs"];

/** Next's list of what it built with, its configuration among it. */
const requiredFiles = "required-server-files.json";

/** Where it lies in a build. */
export const standaloneOf = (distDir: string): string => join(distDir, "standalone");

/**
 * Makes Next's folder whole.
 * @param root the project's folder.
 * @param distDir the build's, as an absolute path.
 */
export async function assembleStandalone(root: string, distDir: string): Promise<void> {
  const folder = standaloneOf(distDir);
  // It runs elsewhere: where it was built is nobody's business.
  const manifest = readFileSync(join(distDir, requiredFiles), "utf8").replaceAll(JSON.stringify(root), '"."');
  const { config } = JSON.parse(manifest);
  // It would start past every look at the configuration.
  rmSync(join(folder, "server.js"));
  writeFileSync(join(folder, config.distDir, requiredFiles), manifest);
  cpSync(join(root, "public"), join(folder, "public"), { recursive: true });
  cpSync(join(distDir, "static"), join(folder, config.distDir, "static"), { recursive: true });
  const scripts = join(folder, "scripts");
  mkdirSync(scripts);
  for (const name of plain) copyFileSync(join(root, "scripts", name), join(scripts, name));
  writeFileSync(join(scripts, "next-config.json"), JSON.stringify(config));
  await bundlePrograms(root, scripts);
  writeFileSync(join(folder, "package.json"), packageJson(root));
  noteFiles(folder);
}

/** How a program is made one of plain Node, with all that it imports but for what is native. */
export const bundling = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["react-server"],
  external: ["libsql", "pg-native"],
  legalComments: "none",
  // What is CommonJS inside asks for Node's own modules by `require`.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
} satisfies BuildOptions;

/** What several of them need is a file of its own. */
async function bundlePrograms(root: string, outdir: string): Promise<void> {
  const { build } = await import("esbuild");
  const entryPoints = Object.values(programs).map((name) => ({
    in: join("scripts", `${name}.ts`),
    out: outputName(name),
  }));
  await build({
    ...bundling,
    absWorkingDir: root,
    entryPoints,
    outdir,
    outExtension: { ".js": ".mjs" },
    chunkNames: "shared-[hash]",
    splitting: true,
  });
}

const outputName = (name: string): string => (name === "start-built" ? "start" : name);

/** Where npm is at hand its scripts have the names that they have in a checkout. */
function packageJson(root: string): string {
  const { name, version, engines, scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const shipped = Object.entries(programs).map(([script, program]) => [
    script,
    String(scripts[script])
      .replace(/--\S+ (\S+\.mjs |tsx )?/g, "")
      .replace(/scripts\/\S+\.ts/, `scripts/${outputName(program)}.mjs`),
  ]);
  const content = {
    name,
    version,
    private: true,
    type: "module",
    engines,
    scripts: Object.fromEntries(shipped),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
