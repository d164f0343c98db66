import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
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
const calling = (...calls: string[]): Runner =>
  on(async (text, machine) => {
    const before = machine.engineCalls().length;
    await machine.type(text, { cwd: machine.project });
    expect(machine.engineCalls().slice(before)).toEqual(calls);
    const { services } = parse(readFileSync(join(machine.project, "compose.yaml"), "utf8"));
    for (const call of calls) {
      const [, service] = /^compose (?:logs|stop|start|exec -T|run --rm) (\S+)/.exec(call) ?? [];
      if (service) expect(Object.keys(services)).toContain(service);
    }
  });

const restarts: OnMachine = async (text, machine) => {
  const told = await machine.type(text);
  expect(readdirSync(machine.file("/opt")).sort()).toContain("tokendesk");
  expect(readFileSync(machine.file("/journal"), "utf8")).toMatch(
    /^Tokendesk: https:\/\/desk\.example\.com /m,
  );
  if (text.includes("restore.mjs")) expect(told).toContain("Restored:");
};

const backsUp: OnMachine = async (text, machine) => {
  expect(await machine.type(text)).toContain("which verify");
};

export const running: Record<string, Runner> = {
  "npm ci && npm run build": ".ci/run: npm ci",
  "useradd --system --user-group --home-dir /var/lib/tokendesk --no-create-home --shell /usr/sbin/nologin tokendesk":
    on(async (text, machine) => {
      await machine.type(text);
      expect(readFileSync(machine.file("/etc/passwd"), "utf8")).toMatch(/^tokendesk:/m);
    }),
  "cp -a .next/standalone /opt/tokendesk && chown -R root:root /opt/tokendesk": on(async (text, machine) => {
    await machine.type(text);
    expect(readdirSync(machine.file("/opt/tokendesk/scripts"))).toContain("start.mjs");
  }),
  "install -m 640 -g tokendesk deploy/env.example /etc/tokendesk.env": on(async (text, machine) => {
    await machine.type(text);
    for (const name of ["tokendesk.env", "tokendesk.secret"])
      expect(modeOf(machine.file(`/etc/${name}`))).toBe("640");
    appendFileSync(machine.file("/etc/tokendesk.env"), `PORT=${await freePort()}\n`);
  }),
  "install -m 644 deploy/tokendesk.service /etc/systemd/system/tokendesk.service": on(restarts),
  "journalctl --unit tokendesk --output cat": on(async (text, machine) => {
    expect(await machine.type(text)).toContain("Tokendesk: https://desk.example.com");
  }),
  "install -d -m 700 -o tokendesk /var/backups/tokendesk": on(backsUp),
  "docker build --tag tokendesk .": calling("build --tag tokendesk ."),
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
  "docker compose up --build --detach": calling("compose up --build --detach"),
  "docker compose logs desk": calling("compose logs desk"),
  "docker compose exec -T postgres pg_dump --username=tokendesk --format=custom tokendesk > tokendesk.dump":
    calling("compose exec -T postgres pg_dump --username=tokendesk --format=custom tokendesk"),
  "docker compose stop desk": calling(
    "compose stop desk",
    "compose exec -T postgres pg_restore --username=tokendesk --dbname=tokendesk --clean --if-exists",
    "compose run --rm desk node scripts/restore.mjs",
    "compose start desk",
  ),
  "docker run --detach --name tokendesk --restart unless-stopped --stop-timeout 25 \\": on(
    async (text, machine) => {
      await machine.type(text, { cwd: machine.project });
      const [call = ""] = machine.engineCalls().slice(-1);
      expect(call).toMatch(/^run --detach .* --read-only --cap-drop ALL .* tokendesk$/);
    },
  ),
  "runuser -u tokendesk -- node --env-file=/etc/tokendesk.env /opt/tokendesk/scripts/backup.mjs /var/backups/tokendesk/before.db":
    on(backsUp),
  "cp -a .next/standalone /opt/tokendesk.new && chown -R root:root /opt/tokendesk.new": on(restarts),
  "systemctl stop tokendesk": on(restarts),
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
