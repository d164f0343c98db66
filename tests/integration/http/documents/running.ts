import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { freePort } from "@/tests/support/free-port";
import { selfSigned } from "../../portal/self-signed";
import type { OwnMachine } from "./own-machine";
import type { Runner } from "./world";

/* docs/running.md, in its order: what one block leaves the next one needs. */

type OnMachine = (text: string, machine: OwnMachine) => Promise<void>;

/** A block that is typed on the machine to install on. */
const on =
  (work: OnMachine): Runner =>
  (text, { machine }, skip) =>
    machine ? work(text, machine) : skip("wants root, and namespaces of its own");

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** A block for a container engine, of which it is seen how it was called. */
const calling =
  (...calls: string[]): OnMachine =>
  async (text, machine) => {
    const before = machine.engineCalls().length;
    await machine.type(text, { cwd: machine.project });
    expect(machine.engineCalls().slice(before)).toEqual(calls);
    const { services } = parse(readFileSync(join(machine.project, "compose.yaml"), "utf8"));
    for (const call of calls) {
      const [, service] = /^compose (?:logs|build|stop|exec -T|run --rm) (\S+)/.exec(call) ?? [];
      if (service) expect(Object.keys(services)).toContain(service);
    }
  };

const dumps = "compose exec -T postgres pg_dump --username=tokendesk --format=custom tokendesk";

/** Types what ends with a desk that runs; gives what was printed. */
async function restarts(text: string, machine: OwnMachine, replace?: Record<string, string>) {
  const told = await machine.type(text, { replace });
  expect(readFileSync(machine.file("/journal"), "utf8")).toMatch(
    /^Tokendesk: https:\/\/desk\.example\.com /m,
  );
  return told;
}

/** The folders of all versions, the oldest first. */
const versions = (machine: OwnMachine) =>
  readdirSync(machine.file("/opt"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** Names the version in the newest folder, as another version would be. */
function mark(machine: OwnMachine, version: string) {
  const file = machine.file(`/opt/${versions(machine).at(-1)}/package.json`);
  const own = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...own, version }));
}

/** Of which version the desk is that runs: it works in its folder. */
const runs = (machine: OwnMachine): string => {
  const pid = readFileSync(machine.file("/pid"), "utf8").trim();
  return JSON.parse(readFileSync(`/proc/${pid}/cwd/package.json`, "utf8")).version;
};

export const running: Record<string, Runner> = {
  "npm ci && npm run build": ".ci/run: npm ci",
  "useradd --system --user-group --home-dir /var/lib/tokendesk --no-create-home --shell /usr/sbin/nologin tokendesk":
    on(async (text, machine) => {
      await machine.type(text);
      expect(readFileSync(machine.file("/etc/passwd"), "utf8")).toMatch(/^tokendesk:/m);
    }),
  "first=/opt/tokendesk-$(date +%F-%H%M%S) &&": on(async (text, machine) => {
    await machine.type(text);
    expect(readlinkSync(machine.file("/opt/tokendesk"))).toBe(`/opt/${versions(machine)[0]}`);
    mark(machine, "first");
  }),
  "install -m 640 -g tokendesk deploy/env.example /etc/tokendesk.env": on(async (text, machine) => {
    await machine.type(text);
    for (const name of ["tokendesk.env", "tokendesk.secret"])
      expect(modeOf(machine.file(`/etc/${name}`))).toBe("640");
    appendFileSync(machine.file("/etc/tokendesk.env"), `PORT=${await freePort()}\n`);
  }),
  "install -m 644 deploy/tokendesk.service /etc/systemd/system/tokendesk.service": on(
    async (text, machine) => {
      await restarts(text, machine);
      expect(runs(machine)).toBe("first");
    },
  ),
  "journalctl --unit tokendesk --output cat": on(async (text, machine) => {
    expect(await machine.type(text)).toContain("Tokendesk: https://desk.example.com");
  }),
  "install -d -m 700 -o tokendesk /var/backups/tokendesk": on(async (text, machine) => {
    expect(await machine.type(text)).toContain("which verify");
  }),
  "install -m 640 -g tokendesk /dev/null /etc/tokendesk.secret.new && openssl rand -base64 32 > /etc/tokendesk.secret.new":
    on(async (text, machine) => {
      await machine.type(text);
      expect(modeOf(machine.file("/etc/tokendesk.secret.new"))).toBe("640");
    }),
  "systemctl stop tokendesk &&": on(async (text, machine) => {
    const coming = readFileSync(machine.file("/etc/tokendesk.secret.new"), "utf8");
    expect(await restarts(text, machine)).toContain("The secret is changed.");
    expect(readFileSync(machine.file("/etc/tokendesk.secret"), "utf8")).toBe(coming);
  }),
  "docker build --tag tokendesk .": on(calling("build --tag tokendesk .")),
  "install -m 600 deploy/env.example .env": on(async (text, machine) => {
    await machine.type(text, { cwd: machine.project });
    expect(modeOf(join(machine.project, ".env"))).toBe("600");
  }),
  "install -d -m 700 secrets && openssl rand -base64 32 > secrets/tokendesk && chmod 444 secrets/tokendesk":
    on(async (text, machine) => {
      await machine.type(text, { cwd: machine.project });
      expect(modeOf(join(machine.project, "secrets"))).toBe("700");
      expect(readFileSync(join(machine.project, "secrets/tokendesk"), "utf8").trim()).toHaveLength(44);
    }),
  "docker compose up --build --detach": on(calling("compose up --build --detach")),
  "docker compose logs desk": on(calling("compose logs desk")),
  "install -d -m 700 backups": on(async (text, machine) => {
    await calling(dumps)(text, machine);
    const folder = join(machine.project, "backups");
    const [dump = ""] = readdirSync(folder);
    expect([modeOf(folder), modeOf(join(folder, dump))]).toEqual(["700", "600"]);
    // Under the name that the next block has.
    writeFileSync(join(folder, "2026-11-24-091500.dump"), readFileSync(join(folder, dump)));
  }),
  "docker compose exec -T postgres pg_restore --list < backups/2026-11-24-091500.dump > /dev/null &&": on(
    calling(
      "compose exec -T postgres pg_restore --list",
      "compose stop desk",
      "compose exec -T postgres dropdb --username=tokendesk --maintenance-db=postgres --force --if-exists tokendesk",
      "compose exec -T postgres createdb --username=tokendesk --maintenance-db=postgres --template=template0 tokendesk",
      "compose exec -T postgres pg_restore --username=tokendesk --dbname=tokendesk --exit-on-error --single-transaction",
      "compose run --rm desk node scripts/restore.mjs",
      "compose up --no-build --detach",
    ),
  ),
  "docker run --detach --name tokendesk --restart unless-stopped --stop-timeout 25 \\": on(
    async (text, machine) => {
      await machine.type(text, { cwd: machine.project });
      const [call = ""] = machine.engineCalls().slice(-1);
      expect(call).toMatch(/^run --detach .* --read-only --cap-drop ALL .* tokendesk$/);
    },
  ),
  "backup=$(date +%F-%H%M%S).db && install -d -m 700 backups &&": on(async (text, machine) => {
    const before = machine.engineCalls().length;
    await machine.type(text, { cwd: machine.project });
    const backup = readdirSync(join(machine.project, "backups")).find((name) => name.endsWith(".db")) ?? "";
    expect(modeOf(join(machine.project, "backups", backup))).toBe("600");
    expect(machine.engineCalls().slice(before)).toEqual([
      `exec tokendesk node scripts/backup.mjs /data/${backup}`,
      `exec tokendesk cat /data/${backup}`,
      `exec tokendesk rm /data/${backup}`,
    ]);
    writeFileSync(join(machine.project, "backups/2026-11-24-091500.db"), "");
  }),
  "docker stop tokendesk &&": on(async (text, machine) => {
    const before = machine.engineCalls().length;
    await machine.type(text, { cwd: machine.project });
    expect(machine.engineCalls().slice(before)).toEqual([
      "stop tokendesk",
      "run --rm --interactive --volume tokendesk:/data tokendesk sh -c umask 077 && cat > /data/restore.db",
      expect.stringMatching(/^run --rm .* tokendesk node scripts\/restore\.mjs \/data\/restore\.db --force$/),
      "start tokendesk",
      "exec tokendesk rm /data/restore.db",
    ]);
  }),
  "now=$(date +%F-%H%M%S) &&": on(async (text, machine) => {
    for (const version of ["second", "third"]) {
      expect(await restarts(text, machine)).toContain("which verify");
      mark(machine, version);
      expect(runs(machine)).toBe(version);
    }
    expect(versions(machine)).toHaveLength(3);
  }),
  "ln -sfT /opt/tokendesk-2026-11-24-091500 /opt/tokendesk && systemctl restart tokendesk": on(
    async (text, machine) => {
      const [first = "", second = ""] = versions(machine);
      await restarts(text, machine, { "tokendesk-2026-11-24-091500": second });
      expect(runs(machine)).toBe("second");
      await restarts(text, machine, { "tokendesk-2026-11-24-091500": first });
      expect(runs(machine)).toBe("first");
    },
  ),
  "backup=/var/backups/tokendesk/2026-11-27-214500.db && systemctl stop tokendesk &&": on(
    async (text, machine) => {
      const date = versions(machine).at(-1)?.replace("tokendesk-", "") ?? "";
      expect(await restarts(text, machine, { "2026-11-27-214500": date })).toContain("Restored:");
      expect(runs(machine)).toBe("first");
    },
  ),
  "now=$(date +%F-%H%M%S) && docker tag tokendesk tokendesk:$now && install -d -m 700 backups &&": on(
    async (text, machine) => {
      const before = machine.engineCalls().length;
      for (let upgrade = 0; upgrade < 2; upgrade += 1) await machine.type(text, { cwd: machine.project });
      const calls = [
        expect.stringMatching(/^tag tokendesk tokendesk:\d{4}-\d\d-\d\d-\d{6}$/),
        "compose build desk",
        "compose stop desk",
        dumps,
        "compose up --no-build --detach",
      ];
      expect(machine.engineCalls().slice(before)).toEqual([...calls, ...calls]);
    },
  ),
  "docker tag tokendesk:2026-11-24-091500 tokendesk && docker compose up --no-build --detach": on(
    calling("tag tokendesk:2026-11-24-091500 tokendesk", "compose up --no-build --detach"),
  ),
};

/** docs/behind-a-proxy.md. Each configuration is looked at by the proxy itself; that it does is `deploy/front-servers.test.ts`. */
export const behindAProxy: Record<string, Runner> = {
  "sed 's/desk\\.example\\.com/desk.company.com/g' deploy/nginx.conf > /etc/nginx/conf.d/tokendesk.conf": on(
    async (text, machine) => {
      const place = machine.file("/etc/letsencrypt/live/desk.company.com");
      const { key, cert } = selfSigned("desk.company.com");
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, "fullchain.pem"), cert);
      writeFileSync(join(place, "privkey.pem"), key);
      expect(await machine.type(text, { alone: true })).toContain("test is successful");
    },
  ),
  "sed 's/desk\\.example\\.com/desk.company.com/g' deploy/Caddyfile > /etc/caddy/Caddyfile": on(
    async (text, machine) => {
      expect(await machine.type(text, { alone: true })).toContain("Valid configuration");
    },
  ),
};
