import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { BlockList } from "node:net";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readEnv } from "@/lib/server/env";
import { readDeskAddress } from "@/scripts/desk-address";

/* What a container engine is told, as far as it can be read without one. */

type Service = {
  environment: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  networks: string[] | Record<string, { ipv4_address: string }>;
  volumes: string[];
  healthcheck?: unknown;
  tmpfs?: string[];
  ports?: string[];
} & Record<string, unknown>;
type AddressPool = Record<"subnet" | "gateway" | "ip_range", string>;
const compose: {
  services: Record<"desk" | "postgres" | "caddy", Service>;
  networks: Record<string, { internal?: boolean; ipam?: { config: AddressPool[] } }>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
} = parse(readFileSync("compose.yaml", "utf8"));
const { desk, postgres, caddy } = compose.services;

/** The lines of a Dockerfile's stages, with what was continued put together. */
const stages = readFileSync("Dockerfile", "utf8")
  .replace(/^#.*\n/gm, "")
  .replace(/\\\n\s*/g, "")
  .split(/^(?=FROM )/m)
  .filter((text) => text.trim());
const final = stages.at(-1)?.split("\n") ?? [];

describe("the image", () => {
  test("is the standalone folder under a user without rights, who owns /data alone", () => {
    expect(stages).toHaveLength(2);
    for (const stage of stages) expect(stage).toMatch(/^FROM node:24-bookworm-slim\b/);
    expect(final).toContain("COPY --from=build /src/.next/standalone /opt/tokendesk");
    const copies = final.filter((line) => /^(COPY|ADD) /.test(line));
    expect(copies).toHaveLength(1);
    expect(final).toContain("USER 10001:10001");
    expect(final).toContain("VOLUME /data");
    // After it nothing is done as root.
    expect(final.slice(final.indexOf("USER 10001:10001")).join("\n")).not.toMatch(
      /^(RUN|COPY|USER (?!10001))/m,
    );
  });

  test("runs programs that a build makes, without a shell, and ends by TERM", () => {
    expect(final).toContain('CMD ["node", "scripts/start.mjs"]');
    expect(final).toContain("STOPSIGNAL SIGTERM");
    expect(final.find((line) => line.startsWith("HEALTHCHECK"))).toMatch(
      / CMD \["node", "scripts\/live\.mjs"\]$/,
    );
    const made = readFileSync("scripts/standalone.ts", "utf8");
    for (const name of ['"live.mjs"', 'start: "start-built"']) expect(made).toContain(name);
  });

  test("names no value of a secret, and is built of nothing that could be one", () => {
    expect(stages.join("\n")).not.toMatch(/^(ARG|ENV) .*(SECRET|PASSWORD|TOKEN=|DATABASE_URL)/im);
    const left = readFileSync(".dockerignore", "utf8").split("\n");
    for (const name of [
      ".*",
      "data",
      "secrets",
      "node_modules",
      "tests",
      "**/*.env*",
      "**/*.db*",
      "**/*.dump",
      "backups",
      "**/*.pem",
    ])
      expect(left).toContain(name);
    // Of what begins with a dot npm's own settings alone.
    expect(left.filter((line) => line.startsWith("!"))).toEqual(["!.npmrc"]);
    expect(readFileSync(".npmrc", "utf8")).not.toMatch(/_auth|token|password/i);
  });
});

describe("compose.yaml", () => {
  test("gives the desk what a start takes", () => {
    const env: Record<string, string> = {
      TOKENDESK_URL: "https://desk.example.com",
      TOKENDESK_ALLOW: "vacd",
    };
    for (const [name, value] of Object.entries(desk.environment))
      env[name] = String(value).replace(/\$\{\w+:\?[^}]+\}/, "0123abcd");
    expect(env).not.toHaveProperty("TOKENDESK_SECRET");
    const { TOKENDESK_SECRET_FILE: secretFile, ...rest } = env;
    expect(secretFile).toBe("/run/secrets/tokendesk");
    const read = readEnv({ NODE_ENV: "test", ...rest, TOKENDESK_SECRET: "x".repeat(32) });
    expect(read.databaseUrl).toBe("postgres://tokendesk:0123abcd@postgres:5432/tokendesk");
    expect(read.dataDir).toBe("/data");
    const address = readDeskAddress({ NODE_ENV: "test", ...rest, TOKENDESK_SECRET: "x".repeat(32) });
    expect(caddy.environment.TOKENDESK_UPSTREAM).toBe(`desk:${address.port}`);
    expect(address.host).toBe("0.0.0.0");
    // Whoever is believed: Caddy at its own address, and nobody else of that network.
    const own = (caddy.networks as Record<string, { ipv4_address: string }>).front?.ipv4_address ?? "";
    expect(desk.environment.TRUSTED_PROXIES).toBe(own);
    expect(read.proxies.networks.check(own)).toBe(true);
    expect(read.proxies.networks.check("172.31.243.1")).toBe(false);
  });

  // The desk is started first: with Caddy's address free among those that are given out, it took that one.
  test("keeps Caddy's address out of those that others are given", () => {
    const within = (network: string, address: string) => {
      const [from = "", bits] = network.split("/");
      const list = new BlockList();
      list.addSubnet(from, Number(bits));
      return list.check(address);
    };
    const own = (caddy.networks as Record<string, { ipv4_address: string }>).front?.ipv4_address ?? "";
    const [pool = { subnet: "", gateway: "", ip_range: "" }] = compose.networks.front?.ipam?.config ?? [];
    const { subnet, gateway, ip_range: range } = pool;
    expect([subnet, range].map((network) => within(network, own))).toEqual([true, false]);
    expect([subnet, range].map((network) => within(network, gateway))).toEqual([true, false]);
    expect(within(subnet, range.split("/")[0] ?? "")).toBe(true);
    expect(own).not.toBe(gateway);
  });

  test("takes from everything what it does not need", () => {
    for (const service of Object.values(compose.services)) {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
        restart: "unless-stopped",
      });
      expect(service).not.toHaveProperty("privileged");
    }
    expect(Object.values(compose.services).flatMap(({ ports = [] }) => ports)).toEqual(caddy.ports);
    expect(postgres.networks).toEqual(["back"]);
    expect(compose.networks.back?.internal).toBe(true);
    expect(desk).not.toHaveProperty("tmpfs");
    expect(desk.stop_grace_period).toBe("25s");
  });

  test("names what there is: files, volumes, and who is waited for until they are well", () => {
    for (const service of Object.values(compose.services))
      for (const volume of service.volumes) {
        const [source = ""] = volume.split(":");
        if (source.startsWith("./")) expect([source, existsSync(source)]).toEqual([source, true]);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    expect(desk.depends_on).toEqual({ postgres: { condition: "service_healthy" } });
    expect(postgres.healthcheck).toBeDefined();
    expect(caddy.depends_on).toEqual({ desk: { condition: "service_healthy" } });
    expect(desk.secrets).toEqual(Object.keys(compose.secrets));
    for (const path of [compose.secrets.tokendesk?.file ?? "", ".env", "a.dump", "backups/a.db"])
      expect([path, spawnSync("git", ["check-ignore", "-q", path]).status]).toEqual([path, 0]);
  });

  test("pins what it fetches by its major version", () => {
    expect([postgres.image, caddy.image]).toEqual([
      expect.stringMatching(/^postgres:\d+-\w+$/),
      expect.stringMatching(/^caddy:\d+$/),
    ]);
  });
});
