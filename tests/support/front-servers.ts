import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { findProgram, installPackages } from "./programs";

/*
 * The real nginx and the real Caddy with the files that are shipped for them (`deploy/`), of which nothing is changed but
 * addresses, ports and where the certificate lies.
 */

export type FrontServerOptions = {
  /** A folder of its own, for its certificate, its configuration and whatever it writes. */
  folder: string;
  /** The desk's own port, and the ports that it listens on itself. */
  to: number;
  http: number;
  https: number;
  tls: { key: string; cert: string };
};

export type FrontServer = {
  /** All that it has printed so far. */
  output(): string;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Kills it with all its processes. */
  kill(): Promise<void>;
};

/** The host of the shipped files, which the test's desk has as well. */
export const shippedHost = "desk.example.com";

const shipped = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, "../../deploy", name), "utf8");

/** @throws Error where the shipped file has nothing of the kind any more: the test would run another one. */
function replaced(text: string, changes: Record<string, string>): string {
  return Object.entries(changes).reduce((left, [from, to]) => {
    if (!left.includes(from)) throw new Error(`the shipped file has no ${from}`);
    return left.replaceAll(from, to);
  }, text);
}

function writeCertificate({ folder, tls }: FrontServerOptions) {
  const [cert, key] = [join(folder, "fullchain.pem"), join(folder, "privkey.pem")];
  writeFileSync(cert, tls.cert);
  writeFileSync(key, tls.key, { mode: 0o600 });
  return { cert, key };
}

function startNginx(program: string, options: FrontServerOptions): Promise<FrontServer> {
  const { folder, to, http, https } = options;
  const { cert, key } = writeCertificate(options);
  const site = join(folder, "tokendesk.conf");
  writeFileSync(
    site,
    replaced(shipped("nginx.conf"), {
      "127.0.0.1:3000": `127.0.0.1:${to}`,
      // A machine need not have IPv6: what listens there listens on another address of loopback.
      "listen [::]:80;": `listen 127.0.0.2:${http};`,
      "listen [::]:443 ": `listen 127.0.0.2:${https} `,
      "listen 80;": `listen 127.0.0.1:${http};`,
      "listen 443 ": `listen 127.0.0.1:${https} `,
      [`https://${shippedHost}$request_uri`]: `https://${shippedHost}:${https}$request_uri`,
      [`/etc/letsencrypt/live/${shippedHost}/fullchain.pem`]: cert,
      [`/etc/letsencrypt/live/${shippedHost}/privkey.pem`]: key,
    }),
  );
  // As Debian's own file has it, which compresses unless it is told not to.
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${join(folder, kind)};`,
  );
  const main = join(folder, "nginx.conf");
  writeFileSync(
    main,
    `daemon off; pid ${join(folder, "pid")}; error_log stderr warn; events {}
     http { access_log off; gzip on; default_type application/octet-stream; ${temporary.join(" ")} include ${site}; }`,
  );
  return run(https, program, ["-e", "stderr", "-p", folder, "-c", main]);
}

function startCaddy(program: string, options: FrontServerOptions): Promise<FrontServer> {
  const { folder, to, http, https } = options;
  const { cert, key } = writeCertificate(options);
  const site = join(folder, "tokendesk.caddy");
  const own = "tls /etc/ssl/tokendesk/fullchain.pem /etc/ssl/tokendesk/privkey.pem";
  writeFileSync(site, replaced(shipped("Caddyfile"), { [`# ${own}`]: `tls ${cert} ${key}` }));
  const main = join(folder, "Caddyfile");
  writeFileSync(
    main,
    `{
       admin off
       http_port ${http}
       default_bind 127.0.0.1
       storage file_system ${join(folder, "storage")}
     }
     import ${site}`,
  );
  const env = {
    HOME: folder,
    TOKENDESK_URL: `https://${shippedHost}:${https}`,
    TOKENDESK_UPSTREAM: `127.0.0.1:${to}`,
  };
  return run(https, program, ["run", "--adapter", "caddyfile", "--config", main], env);
}

/**
 * Runs it in a process group of its own, since whoever kills nginx's first process leaves its workers, and waits until it listens.
 * @throws Error with what it printed, where it ends instead.
 */
async function run(
  port: number,
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<FrontServer> {
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { NODE_ENV: "test", PATH: process.env.PATH, ...env },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
    });
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`${program} ended:\n${text}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
  return {
    output: () => text,
    stop: () => end(child, () => child.kill("SIGTERM")),
    kill: () => end(child, () => child.pid && process.kill(-child.pid, "SIGKILL")),
  };
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function end(child: ChildProcess, how: () => unknown): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  how();
  await closed;
}

/** Both of them; a program is missing where it is not installed. */
export const frontServers = [
  { name: "nginx", program: findProgram("nginx"), start: startNginx },
  { name: "caddy", program: findProgram("caddy"), start: startCaddy },
] as const;

/** Installs what is missing of them, where that can be done; says of each where it lies, or that its tests are skipped. */
export function ensureFrontServers(): void {
  const missing = frontServers.filter(({ program }) => !program).map(({ name }) => name);
  try {
    if (missing.length > 0) installPackages(...missing);
  } catch {
    // Said below.
  }
  for (const { name } of frontServers)
    console.log(`${name}: ${findProgram(name) ?? "cannot be had, and the tests with it are skipped"}`);
}
