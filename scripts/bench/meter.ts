import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** What a desk's process tells of itself. */
export type Reading = {
  /** The longest turn of its event loop since the last reading, in milliseconds. */
  turnMs: number;
  /** Its live heap, after a collection, in bytes. */
  heapUsed: number;
};

/** Looks into a desk's process from outside. */
export type Meter = {
  /** What the desk is to be started with. */
  env: Record<string, string>;
  read(pid: number): Promise<Reading>;
  close(): void;
};

/** @param heapMb the most that the process may hold in its old heap; Node's own limit without it. */
export function openMeter({ heapMb }: { heapMb?: number } = {}): Meter {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-meter-"));
  const file = join(folder, "readings");
  const lines = () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").filter(Boolean) : []);
  const options = [`--import ${pathToFileURL(resolve(import.meta.dirname, "meter-probe.mjs"))}`];
  if (heapMb) options.push(`--max-old-space-size=${heapMb}`);
  return {
    env: { NODE_OPTIONS: options.join(" "), METER: file },
    async read(pid) {
      const before = lines().length;
      process.kill(pid, "SIGUSR2");
      while (lines().length === before) {
        // Throws where it has died, rather than wait for ever.
        process.kill(pid, 0);
        await new Promise((wake) => setTimeout(wake, 5));
      }
      return JSON.parse(lines().at(-1) ?? "");
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
