import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { type ConnectionOptions, connect as connectTls, createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { causeOf, causes } from "@/lib/server/cause";
import { selfSigned } from "../../integration/portal/self-signed";

/* The codes are Node's and OpenSSL's own: each is brought about, not made up. */

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening<T extends Server>(server: T): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

async function failure(options: ConnectionOptions): Promise<Error> {
  const socket = connectTls({ host: "127.0.0.1", rejectUnauthorized: true, ...options });
  const [error] = await once(socket, "error");
  socket.destroy();
  return error;
}

const day = 86_400_000;

describe("a certificate", () => {
  const withCertificate = async (
    made: { key: string; cert: string },
    trusted: boolean,
    servername = "localhost",
  ) => {
    const port = await listening(createTlsServer(made));
    return causeOf(await failure({ port, servername, ca: trusted ? [made.cert] : undefined }));
  };

  it("that nobody vouches for", async () => {
    expect(await withCertificate(selfSigned("localhost"), false)).toBe("certificate_self_signed");
  });

  it("of another host", async () => {
    expect(await withCertificate(selfSigned("elsewhere.example"), true)).toBe("certificate_of_another_host");
  });

  it("whose time is over, or has not come", async () => {
    const at = (from: number, to: number) =>
      selfSigned("localhost", { from: Date.now() + from, to: Date.now() + to });
    expect(await withCertificate(at(-2 * day, -day), true)).toBe("certificate_expired");
    expect(await withCertificate(at(day, 2 * day), true)).toBe("certificate_not_yet_valid");
  });
});

it("is that there is no TLS at the other side", async () => {
  const port = await listening(createServer((socket) => socket.end("220 mail\r\n")));
  expect(causeOf(await failure({ port }))).toBe("tls_failed");
});

it("is a refused connection, and a name that is none", async () => {
  const port = await listening(createServer());
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
  expect(causeOf(await failure({ port }))).toBe("refused");
  expect(causeOf(await failure({ host: "portal.invalid", port: 443 }))).toBe("dns");
});

it.each([
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "certificate_unknown_issuer"],
  ["CERT_REVOKED", "certificate_refused"],
  ["INVALID_PURPOSE", "certificate_refused"],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "tls_failed"],
  ["EHOSTUNREACH", "unreachable"],
  ["UND_ERR_CONNECT_TIMEOUT", "connect_timeout"],
  ["UND_ERR_SOCKET", "reset"],
  ["", "reset"],
])("%s is %s", (code, cause) => {
  expect(causeOf(Object.assign(new Error("x"), { code }))).toBe(cause);
});

it("has words for each", () => {
  for (const words of Object.values(causes)) expect(words).toMatch(/^[a-z].*[a-z)?]$/i);
});
