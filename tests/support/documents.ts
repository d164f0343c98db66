import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { builtFolder } from "../../scripts/ensure-build";

const root = resolve(import.meta.dirname, "../..");

/** A piece of a document that whoever reads it types, or puts into a file. */
export type Block = { document: string; text: string };

/** What the documents for users and operators tell to type, in their order. */
export function shellBlocks(): Block[] {
  const documents = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", ...documents.map((name) => `docs/${name}`)].flatMap((document) =>
    [...readFileSync(join(root, document), "utf8").matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(
      ([, text = ""]) => ({ document, text }),
    ),
  );
}

export type ShellOptions = {
  env: Record<string, string>;
  /** What stands in the document for the reader's own: each must be there. */
  replace?: Record<string, string>;
  input?: string;
  /** The folder that it is typed in; by default the one that `npm run build` made, which has npm's scripts as well. */
  cwd?: string;
  /** What the shell is started by, if not by itself. */
  within?: string[];
};

/** Types a block, or a part of one, as it stands but for the reader's own; gives all that it printed. Throws where it fails. */
export async function typed(text: string, options: ShellOptions): Promise<string> {
  const { env, replace = {}, input = "", cwd = builtFolder(root), within = [] } = options;
  let script = text;
  for (const [from, to] of Object.entries(replace)) {
    if (!script.includes(from)) throw new Error(`the document does not say ${from} any more:\n${text}`);
    script = script.replaceAll(from, to);
  }
  const [program = "", ...words] = [...within, "bash", "--norc", "-euo", "pipefail", "-c", script];
  const child = spawn(program, words, {
    cwd,
    // Without a terminal whoever asks for a password reads what it is given.
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "production", ...env },
    stdio: "pipe",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  // Not all that is typed reads.
  child.stdin.on("error", () => {}).end(input);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`it ended with ${code}:\n${script}\n${output}`);
  return output;
}

/** The variables that a block of assignments sets. */
export async function variablesOf(text: string, replace: Record<string, string> = {}) {
  const told = await typed(`set -a; PATH=${process.env.PATH}\n${text}\nenv -0`, { env: {}, replace });
  return Object.fromEntries(
    told
      .split("\0")
      .filter(Boolean)
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const)
      .filter(([name]) => /^[A-Z_]+$/.test(name)),
  );
}
