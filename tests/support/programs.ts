import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where a program lies, the first of these names that there is; undefined where none is installed. */
export function findProgram(...names: string[]): string | undefined {
  // A user's own search path may leave out where servers lie.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/bin"].filter(Boolean);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

/**
 * Installs packages of Debian's, and starts none of the services in them.
 * @throws Error where this is no Debian, or nobody who may, or they cannot be had.
 */
export function installPackages(...packages: string[]): void {
  if (!existsSync("/usr/bin/apt-get") || process.getuid?.() !== 0) throw new Error("not a Debian of our own");
  const apt = (...args: string[]) =>
    execFileSync("apt-get", args, {
      stdio: "inherit",
      // In the runlevel for maintenance no package starts what it brings.
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    });
  apt("update", "-q");
  apt("install", "-y", "-q", "--no-install-recommends", ...packages);
}
