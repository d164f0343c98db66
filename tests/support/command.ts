import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { bundle } from "./bundle";

/** What came of a command: its exit code, or null where it was killed, and all that it printed. */
export type CommandResult = { code: number | null; output: string };

type CommandOptions = {
  args?: string[];
  /** Kills it right before so many-th thing that it does to disk or database. */
  dieAtStep?: number;
  /** Starts it from its sources, as the npm script does. */
  asNpm?: boolean;
};

const root = resolve(import.meta.dirname, "../..");

/**
 * Runs one of `scripts/` with this configuration and nothing of the surrounding one: the same program as npm would, but
 * bundled, which starts five times as fast. A command that is killed at each of its steps is started very often.
 */
export async function runCommand(
  script: string,
  env: Record<string, string | undefined>,
  { args = [], dieAtStep, asNpm = false }: CommandOptions = {},
): Promise<CommandResult> {
  const program = asNpm ? ["--import", "tsx", resolve(root, script)] : [await bundle(script)];
  const dying = ["--import", resolve(root, "tests/support/die-at-step.mjs")];
  const child = spawn(
    process.execPath,
    ["--conditions=react-server", ...(dieAtStep === undefined ? [] : dying), ...program, ...args],
    {
      cwd: root,
      env: { PATH: process.env.PATH, NODE_ENV: "test", DIE_AT_STEP: String(dieAtStep ?? ""), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  const keep = (chunk: Buffer) => {
    output += chunk.toString("utf8");
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const [code] = await once(child, "close");
  return { code, output };
}
