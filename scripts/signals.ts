import { type ChildProcess, type IOType, type SpawnOptions, spawn } from "node:child_process";
import { basename } from "node:path";

/*
 * How the programs that people start end: together, and in order. Whoever asks one of them to end, npm included, ends all.
 */

/** Longer than the desk's own patience with what is under way; systemd and containers are told 25 s (docs/running.md). */
const patienceMs = 19_000;
const lookMs = 500;

const running: { child?: ChildProcess; asked: boolean } = { asked: false };

/** Whether this program was asked to end. */
export const askedToEnd = (): boolean => running.asked;

/**
 * Calls `end` whenever this program is asked to end: by a signal, or under npm when npm is gone, which cannot pass each end
 * on. Elsewhere a parent that goes away is no reason: it may have started this and be done.
 */
export function whenAskedToEnd(end: (signal: NodeJS.Signals) => void): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // Those of `early-signals.mjs` have done their work.
    process.removeAllListeners(signal);
    process.on(signal, () => end(signal));
  }
  if (!isRunByNpm()) return;
  const npm = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(look);
    end("SIGTERM");
  }, lookMs);
  look.unref();
}

/** Whoever is started by a script of npm's has its variables as well, and another parent. */
const isRunByNpm = (): boolean =>
  process.env.npm_lifecycle_script?.includes(basename(process.argv[1] ?? "")) ?? false;

/** From now on who ends this program ends the one that it has started, and waits for it; without one it ends at once. */
export function endTogether(): void {
  // Whoever read what is printed is gone: that ends nothing.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  whenAskedToEnd((signal) => {
    const { child, asked } = running;
    if (!child) process.exit(0);
    child.kill(signal);
    running.asked = true;
    if (!asked) setTimeout(() => child.kill("SIGKILL"), patienceMs).unref();
  });
}

/** Starts a program of Node's that ends when this one does, whichever way; one at a time. */
export function startTogether(
  args: string[],
  { stdio, ...options }: Omit<SpawnOptions, "stdio"> & { stdio: IOType[] },
): ChildProcess {
  const child = spawn(process.execPath, args, { ...options, stdio: [...stdio, "ipc"] });
  running.child = child;
  child.once("exit", () => {
    running.child = undefined;
  });
  return child;
}
