import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { readDeskAddress } from "@/scripts/desk-address";
import { freePort } from "@/tests/support/free-port";

/* What a container is asked by whether its desk lives. */

type Variables = Record<string, string>;

/** Runs it with this configuration alone: its exit code, and all that it printed. */
async function live(env: Variables) {
  const child = spawn(process.execPath, [resolve("scripts/live.mjs")], {
    env: { NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  const [code] = await once(child, "close");
  return { code, output };
}

/** Answers as a desk would, wherever it listens. */
async function serve(host: string, port: number, status = 200) {
  const asked: string[] = [];
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.writeHead(status).end();
  });
  await once(server.listen(port, host), "listening");
  return { asked, port: (server.address() as AddressInfo).port, stop: () => server.close() };
}

test.each<[string, Variables]>([
  ["by itself", {}],
  ["where HOST says all addresses", { HOST: "0.0.0.0" }],
  ["where HOST names one", { HOST: "127.0.0.3" }],
  ["where its own URL names one of this machine", { TOKENDESK_URL: "http://127.0.0.4:PORT" }],
  ["where its own URL names this machine", { TOKENDESK_URL: "http://localhost:PORT" }],
  ["where browsers find it elsewhere", { TOKENDESK_URL: "https://desk.example:8443" }],
  ["where HOST goes before the URL", { HOST: "127.0.0.3", TOKENDESK_URL: "http://127.0.0.4:PORT" }],
])("asks the desk at the address on which it listens %s", async (_name, given) => {
  const port = await freePort();
  const env = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value.replace("PORT", String(port))]),
  );
  if (!env.TOKENDESK_URL?.endsWith(`:${port}`)) env.PORT = String(port);
  const rest = { NODE_ENV: "test" as const, TOKENDESK_SECRET: "x".repeat(32), TOKENDESK_ALLOW: "vacd" };
  const address = readDeskAddress({ ...rest, ...env });
  expect(await live(env)).toEqual({ code: 1, output: "" });
  const desk = await serve(address.host, address.port);
  const proxy = { HTTP_PROXY: "http://127.0.0.1:1", NODE_USE_ENV_PROXY: "1" };
  expect(await live({ ...env, ...proxy })).toEqual({ code: 0, output: "" });
  expect(desk.asked).toEqual(["GET /api/health/live"]);
  desk.stop();
});

test("is content with nothing but a 200", async () => {
  for (const status of [503, 404, 307]) {
    const desk = await serve("127.0.0.1", 0, status);
    expect([status, (await live({ PORT: String(desk.port) })).code]).toEqual([status, 1]);
    desk.stop();
  }
});
