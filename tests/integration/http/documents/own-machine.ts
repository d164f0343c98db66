import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { typed } from "@/tests/support/documents";

/*
 * A machine to install on: what a block writes below /etc, /opt and /var is written into copies that only it sees, so that users,
 * files and their rights are the real thing. What cannot be had is stood in for: systemd by a program that starts what the unit
 * names as whom it names, and a container engine by one that notes how it was called.
 */

const root = resolve(import.meta.dirname, "../../../..");

export type OwnMachine = {
  /** Where a block of the project's folder is typed. */
  project: string;
  type(
    text: string,
    options?: { replace?: Record<string, string>; cwd?: string; alone?: boolean },
  ): Promise<string>;
  /** How `docker` was called, without it. */
  engineCalls(): string[];
  /** A file as the machine has it. */
  file(path: string): string;
  stop(): void;
};

/** Whether this machine lets us: that wants root and namespaces. */
export const hasOwnMachine =
  process.getuid?.() === 0 &&
  spawnSync("unshare", ["--mount", "mount", "--bind", tmpdir(), "/opt"]).status === 0;

const systemctl = (folder: string) => `#!/bin/bash
set -euo pipefail
unit=/etc/systemd/system/tokendesk.service
of() { sed -n "s/^$1=//p" $unit; }
case "$*" in
"daemon-reload" | "reload nginx" | "reload caddy") ;;
"enable --now tokendesk" | "start tokendesk")
  install -d -m "$(of StateDirectoryMode)" -o "$(of User)" -g "$(of Group)" "/var/lib/$(of StateDirectory)"
  mapfile -t settings < <(grep -E '^[A-Z_]+=' "$(of EnvironmentFile)")
  command=$(of ExecStart)
  cd "$(of WorkingDirectory)"
  : > ${folder}/journal
  setsid setpriv --reuid="$(of User)" --regid="$(of Group)" --init-groups env -i "\${settings[@]}" \${command/#\\/usr\\/bin\\/node/${process.execPath}} \\
    >> ${folder}/journal 2>&1 < /dev/null &
  echo $! > ${folder}/pid
  until grep -q '^Tokendesk' ${folder}/journal; do sleep 0.1; done
  grep -q '^Tokendesk: ' ${folder}/journal || { cat ${folder}/journal >&2; exit 1; } ;;
"restart tokendesk") "$0" stop tokendesk && "$0" start tokendesk ;;
"stop tokendesk")
  kill "$(cat ${folder}/pid)"
  while kill -0 "$(cat ${folder}/pid)" 2> /dev/null; do sleep 0.1; done ;;
*) echo "systemctl $* is not known here" >&2; exit 1 ;;
esac
`;

const journalctl = (folder: string) => `#!/bin/bash
[ "$*" = "--unit tokendesk --output cat" ] && cat ${folder}/journal
`;

const docker = (folder: string) => `#!/bin/bash
echo "$*" >> ${folder}/engine
case "$*" in *pg_dump*) echo a dump ;; *pg_restore*) grep -q "a dump" ;; esac
`;

export function startOwnMachine(): OwnMachine {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-machine-"));
  const places = { etc: "/etc", opt: "/opt", lib: "/var/lib", backups: "/var/backups" };
  execFileSync("cp", ["-a", "/etc", join(folder, "etc")]);
  for (const name of ["opt", "lib/nginx", "backups", "bin", "project"])
    mkdirSync(join(folder, name), { recursive: true });
  for (const [name, text] of Object.entries({ systemctl, journalctl, docker })) {
    writeFileSync(join(folder, "bin", name), text(folder));
    chmodSync(join(folder, "bin", name), 0o755);
  }
  const project = join(folder, "project");
  for (const name of ["deploy", "compose.yaml", "Dockerfile"])
    cpSync(join(root, name), join(project, name), { recursive: true });
  const mounts = Object.entries(places).map(([name, place]) => `mount --bind ${join(folder, name)} ${place}`);
  const pid = join(folder, "pid");
  return {
    project,
    type: (text, { replace, cwd = root, alone } = {}) =>
      typed([...mounts, ...(alone ? ["ip link set lo up 2> /dev/null || true"] : []), text].join("\n"), {
        env: {
          PATH: `${join(folder, "bin")}:/usr/local/sbin:/usr/sbin:/sbin:${process.env.PATH}`,
          HOME: folder,
        },
        replace,
        cwd,
        within: ["unshare", "--mount", ...(alone ? ["--net"] : [])],
      }),
    engineCalls: () =>
      existsSync(join(folder, "engine"))
        ? readFileSync(join(folder, "engine"), "utf8").trimEnd().split("\n")
        : [],
    file: (path) => join(folder, path.slice(1)),
    stop() {
      if (existsSync(pid)) spawnSync("pkill", ["-KILL", "--session", readFileSync(pid, "utf8").trim()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
