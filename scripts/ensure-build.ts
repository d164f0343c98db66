import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a build is made of. */
const sources = [
  "app",
  "components",
  "lib",
  "public",
  "instrumentation.ts",
  "next.config.mjs",
  "package-lock.json",
  "postcss.config.mjs",
  "proxy.ts",
  "tailwind.config.ts",
  "tsconfig.json",
];

/** Neither is part of the app. */
const leftOut = [join("lib", "simulator")];

/** Next's own program, run by this Node without a shell. */
export const nextProgram = (root: string): string =>
  join(root, "node_modules", "next", "dist", "bin", "next");

/**
 * What Node runs for the built desk. The heap's limit makes V8 collect earlier than it would on a machine of much
 * memory: 240 MB instead of 370 with lists of 10,000, at the same speed. `NODE_OPTIONS` may set another.
 */
export function deskArguments(root: string, host: string, port: number): string[] {
  const limited = process.env.NODE_OPTIONS?.includes("max-old-space-size");
  const program = [nextProgram(root), "start", "-H", host, "-p", String(port)];
  return limited ? program : ["--max-old-space-size=400", ...program];
}

/** Nothing is sent anywhere, and no trace of outbound calls is kept: their paths may hold a token. */
export const quietNext = { NEXT_TELEMETRY_DISABLED: "1", NEXT_OTEL_FETCH_DISABLED: "1" };

/**
 * Builds the app where there is no build, or where a source is newer than it.
 * @param root the project's folder.
 * @throws Error when the build fails; it has printed why.
 */
export function ensureBuild(root: string): void {
  const builtAt = modifiedAt(join(root, process.env.NEXT_DIST_DIR || ".next", "BUILD_ID"));
  if (builtAt >= Math.max(...sources.map((path) => newest(root, path)))) return;
  console.log("Building Tokendesk (a minute or two) …");
  const { status } = spawnSync(process.execPath, [nextProgram(root), "build"], {
    cwd: root,
    env: { ...process.env, ...quietNext, NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error("The build failed: see `npm run build`.");
}

function newest(root: string, path: string): number {
  if (leftOut.includes(path)) return 0;
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return stats?.mtimeMs ?? 0;
  const inside = readdirSync(join(root, path)).map((name) => newest(root, join(path, name)));
  return Math.max(stats.mtimeMs, ...inside);
}

const modifiedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
