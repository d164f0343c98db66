import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { startTogether } from "./signals";
import { assembleStandalone, standaloneOf } from "./standalone";

/** What a build is made of. */
const sources = [
  "app",
  "components",
  "lib",
  "public",
  "instrumentation.ts",
  "next.config.mjs",
  "package-lock.json",
  "package.json",
  "postcss.config.mjs",
  "proxy.ts",
  "scripts",
  "tailwind.config.ts",
  "tsconfig.json",
];

/** No part of the app. */
const leftOut = [join("lib", "simulator"), join("scripts", "bench")];

/** Next's own program, run by this Node without a shell. */
export const nextProgram = (root: string): string =>
  join(root, "node_modules", "next", "dist", "bin", "next");

/**
 * What Node runs for the desk of a folder that `npm run build` made. The heap's limit makes V8 collect earlier than it would on a machine of much
 * memory: 240 MB instead of 370 with lists of 10,000, at the same speed. `NODE_OPTIONS` may set another.
 */
export function deskArguments(folder: string, host: string, port: number): string[] {
  const limited = process.env.NODE_OPTIONS?.includes("max-old-space-size");
  const program = [join(folder, "scripts", "desk.mjs"), host, String(port)];
  return limited ? program : ["--max-old-space-size=400", ...program];
}

/** Nothing is sent anywhere, and no trace of outbound calls is kept: their paths may hold a token. */
export const quietNext = { NEXT_TELEMETRY_DISABLED: "1", NEXT_OTEL_FETCH_DISABLED: "1" };

/** The build cannot be used, and cannot be made; the message is one line that says what to do about it. */
export class BuildError extends Error {}

/** The file, written when a build is whole, that says what it was made of. */
const markOf = (root: string): string => join(folderOf(root), "tokendesk-sources");
const folderOf = (root: string): string => join(root, distDir());
const distDir = (): string => process.env.NEXT_DIST_DIR || ".next";

/**
 * The folder that the desk of this checkout runs out of, when it is built.
 * @param root the project's folder.
 */
export const builtFolder = (root: string): string => standaloneOf(folderOf(root));

/**
 * Builds the app where there is no whole build of these sources. They are compared by what is in them: when they were
 * written says nothing once they were copied.
 * @param root the project's folder.
 * @returns the folder to run the desk out of.
 * @throws BuildError
 */
export async function ensureBuild(root: string): Promise<string> {
  const wanted = hashOfSources(root);
  const made = readMark(root);
  if (made === wanted) return builtFolder(root);
  const fault = made
    ? `the build in ${distDir()} is not of these sources`
    : `there is no whole build in ${distDir()}`;
  const hindrance = whyNoBuild(root);
  if (hindrance) throw new BuildError(`${fault}, and ${hindrance}`);
  console.log("Building Tokendesk (a minute or two) …");
  if (await build(root, "ignore")) return builtFolder(root);
  // Somebody else may have begun one in the same folder.
  if (readMark(root) === wanted) return builtFolder(root);
  throw new BuildError(
    `${fault}, and building failed: \`npm run build\` shows why, unless another build is under way here`,
  );
}

/** Why the app cannot be built here, and what to do; undefined where it can. */
export function whyNoBuild(root: string): string | undefined {
  if (!mayWrite(folderOf(root)))
    return "this user may not write there: run `npm run build` as the folder's owner";
  if (!existsSync(join(root, "node_modules", "typescript")))
    return "what builds it is not installed: run `npm ci --include=dev && npm run build`";
  return undefined;
}

/**
 * Builds the app. Ended at whatever moment, it leaves nothing that counts as a build.
 * @returns whether it could be built.
 */
export async function build(root: string, output: "ignore" | "inherit"): Promise<boolean> {
  const sources = hashOfSources(root);
  rmSync(markOf(root), { force: true });
  const together = ["--import", join(root, "scripts", "end-with-parent.mjs")];
  const next = startTogether([...together, nextProgram(root), "build"], {
    cwd: root,
    env: { ...process.env, ...quietNext, NODE_ENV: "production" },
    stdio: ["ignore", output, output],
  });
  const [code] = await once(next, "exit");
  if (code !== 0) return false;
  await assembleStandalone(root, folderOf(root));
  writeFileSync(markOf(root), sources);
  return true;
}

/** Next writes the folder anew, or makes it. */
const mayWrite = (path: string): boolean => {
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

const readMark = (root: string): string | false =>
  existsSync(markOf(root)) && contentOf(markOf(root)).toString();

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw new BuildError(`${file} cannot be read by this user: give it to them (chown, chmod)`);
  }
}

function hashOfSources(root: string): string {
  const hash = createHash("sha256");
  for (const path of sources) addTo(hash, root, path);
  return hash.digest("hex");
}

function addTo(hash: Hash, root: string, path: string): void {
  if (leftOut.includes(path)) return;
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    for (const name of readdirSync(join(root, path)).sort()) addTo(hash, root, join(path, name));
  } else if (stats) {
    hash.update(`${path} ${stats.size} `).update(contentOf(join(root, path)));
  }
}
