import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

/** A program as people start it, with all the processes that it starts. */
export type Chain = {
  child: ChildProcess;
  /** All that they have printed so far. */
  output(): string;
  /** The process whose command matches; waits until there is one. */
  find(command: RegExp): Promise<number>;
  /** Waits until none is left, 20 s at most, and gives the exit code of the first one; null where a signal ended that. */
  gone(): Promise<number | null>;
  /** Ends whatever is left, at once. */
  clear(): void;
};

const root = resolve(import.meta.dirname, "../..");
const mostMs = 20_000;

/** What npm runs, without npm. */
export const scriptArguments = (script: string): string[] => [
  "--import",
  "tsx",
  "--conditions=react-server",
  script,
];

/** Starts a program in a process group of its own, with this configuration and nothing of the surrounding one. */
export function startChain(
  command: string,
  args: string[],
  env: Record<string, string | undefined>,
  { cwd = root, uid }: { cwd?: string; uid?: number } = {},
): Chain {
  const child = spawn(command, args, {
    cwd,
    uid,
    detached: true,
    env: { NODE_ENV: "production", PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const keep = (chunk: Buffer) => {
    text += chunk.toString("utf8");
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  // The pipes close with the last process that has them.
  const closed = once(child, "close");
  return {
    child,
    output: () => text,
    async find(pattern) {
      for (;;) {
        const found = group(child.pid).find(({ args }) => pattern.test(args));
        if (found) return found.pid;
        if (child.exitCode !== null) throw new Error(`it ended instead:\n${text}`);
        await new Promise((wake) => setTimeout(wake, 20));
      }
    },
    async gone() {
      const began = performance.now();
      for (let left = group(child.pid); left.length > 0; left = group(child.pid)) {
        if (performance.now() - began > mostMs)
          throw new Error(`still there: ${left.map(({ args }) => args).join("; ")}\n${text}`);
        await new Promise((wake) => setTimeout(wake, 50));
      }
      const [code] = await closed;
      return code;
    },
    clear() {
      for (const { pid } of group(child.pid)) process.kill(pid, "SIGKILL");
    },
  };
}

function group(leader: number | undefined): { pid: number; args: string }[] {
  return execFileSync("ps", ["-A", "-o", "pid=,pgid=,stat=,args="], { encoding: "utf8" })
    .split("\n")
    .flatMap((line) => {
      const [, pid, pgid, stat, args = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      return Number(pgid) === leader && !stat?.startsWith("Z") ? [{ pid: Number(pid), args }] : [];
    });
}
