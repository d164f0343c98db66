import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

/** What came of a command: its exit code, or null where it was killed, and all that it printed. */
export type CommandResult = { code: number | null; output: string };

const root = resolve(import.meta.dirname, "../..");

/**
 * Runs one of `scripts/` as npm does, with this configuration and nothing of the surrounding one.
 * @param dieAtStep kills it right before so many-th thing that it does to disk or database.
 */
export async function runCommand(
  script: string,
  env: Record<string, string | undefined>,
  { args = [], dieAtStep }: { args?: string[]; dieAtStep?: number } = {},
): Promise<CommandResult> {
  const dying = ["--import", resolve(root, "tests/support/die-at-step.mjs")];
  const child = spawn(
    process.execPath,
    [
      "--conditions=react-server",
      "--import",
      "tsx",
      ...(dieAtStep === undefined ? [] : dying),
      resolve(root, script),
      ...args,
    ],
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
