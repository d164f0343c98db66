import { execFileSync } from "node:child_process";

/** Resident memory of a process and its children, in MB. */
export function memoryMb(pid: number): number {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,rss="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = new Set([pid]);
  for (const [child = 0, parent = 0] of rows) if (family.has(parent)) family.add(child);
  const kilobytes = rows.reduce((sum, [id = 0, , rss = 0]) => sum + (family.has(id) ? rss : 0), 0);
  return kilobytes / 1000;
}
