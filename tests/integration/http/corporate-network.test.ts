import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { startSimulator } from "@/lib/simulator/start";
import { startChain } from "@/tests/support/chain";
import { startDeskProcess } from "@/tests/support/desk-process";
import { startForwardProxy } from "@/tests/support/forward-proxy";
import { freePort } from "@/tests/support/free-port";
import { builtFolder } from "../../../scripts/ensure-build";
import { selfSigned } from "../portal/self-signed";

/* A portal whose certificate comes from a company's own authority, behind the company's proxy. */

async function startBehindTls() {
  const simulator = await startSimulator();
  onTestFinished(() => simulator.stop());
  const made = selfSigned("localhost");
  const behind = Number(new URL(simulator.baseUrl).port);
  const server = createServer(made, (socket) => {
    const upstream = connect(behind, "127.0.0.1");
    for (const end of [socket, upstream]) end.on("error", () => end.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const portals = [{ id: "sim", name: "Simulator", baseUrl: `https://localhost:${port}/api` }];
  return { simulator, host: `localhost:${port}`, cert: made.cert, PORTALS: JSON.stringify(portals) };
}

/** Signs ann of the portal behind in, whatever comes of it. */
const signInTo = async (
  desk: Awaited<ReturnType<typeof startDeskProcess>>,
  ann: { userName: string; password: string },
) => desk.visitor().signIn({ portal: "sim", username: ann.userName, password: ann.password });

const troubles = (output: string) =>
  output
    .split("\n")
    .filter((line) => line.startsWith("{") && line.includes('"portalId"'))
    .map((line) => JSON.parse(line));

it("is reached with HTTPS_PROXY and NODE_EXTRA_CA_CERTS, and the log says so without the proxy's password", async () => {
  const { simulator, host, cert, PORTALS } = await startBehindTls();
  const password = "canary-of-a-proxy-password";
  const proxy = await startForwardProxy({ credentials: `desk:${password}` });
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-ca-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const authority = join(folder, "ca.pem");
  writeFileSync(authority, cert);
  const env = {
    PORTALS,
    HTTPS_PROXY: proxy.withCredentials,
    NO_PROXY: "10.0.0.0",
    NODE_EXTRA_CA_CERTS: authority,
  };
  const desk = await startDeskProcess({ env });
  onTestFinished(async () => void (await desk.stop()));
  const answer = await signInTo(desk, simulator.seed.user("ann"));
  expect(answer.status).toBe(200);
  expect(new Set(proxy.asked.map((each) => each.host))).toEqual(new Set([host]));
  expect(desk.output()).toContain(`${proxy.url} (not for 10.0.0.0)`);
  expect(desk.output()).not.toContain(password);
  expect(troubles(desk.output())).toEqual([]);
});

// Node reads the one variable before it reads such a file.
it("is reached by the doctor also where the certificate is named in a file of variables", async () => {
  const { cert, PORTALS } = await startBehindTls();
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-ca-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const authority = join(folder, "ca.pem");
  writeFileSync(authority, cert);
  const file = join(folder, "desk.env");
  const variables = {
    PORTALS,
    NODE_EXTRA_CA_CERTS: authority,
    TOKENDESK_ALLOW: "sim",
    TOKENDESK_DATA: join(folder, "data"),
    PORT: String(await freePort()),
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(""));
  const doctor = join(builtFolder("."), "scripts", "doctor.mjs");
  const { gone, output } = startChain(process.execPath, [`--env-file=${file}`, doctor], {});
  expect([await gone(), output()]).toEqual([
    0,
    expect.stringMatching(/✓ sim \(https:\/\/localhost:\d+\/api\) answers/),
  ]);
});

it("is told as what it is where nobody vouches for its certificate, in one line however often it is tried", async () => {
  const { simulator, PORTALS } = await startBehindTls();
  const desk = await startDeskProcess({ env: { PORTALS } });
  onTestFinished(async () => void (await desk.stop()));
  for (let i = 0; i < 3; i += 1) {
    const answer = await signInTo(desk, simulator.seed.user("ann"));
    expect([answer.status, problem.parse(JSON.parse(answer.text)).code]).toEqual([503, "portal_unavailable"]);
  }
  expect(troubles(desk.output())).toMatchObject([
    {
      portalId: "sim",
      cause: "certificate_self_signed",
      msg: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    },
  ]);
});
