import { once } from "node:events";
import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import type { PortalClient } from "@/lib/server/portal/client";
import { clientFor, hang, respond, startPortal } from "./portal-server";

const credential = "5a2f0e1c-9b7d-4c3e-8f1a-0d2b4c6e8a10";
const token = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
const list = (client: PortalClient) => client.listTokens("p", credential);
const mint = (client: PortalClient) => client.mintToken("p", credential);

describe("an answer that is not to be believed", () => {
  // The target must see nothing: it would be handed the credential.
  it("is a redirect, which is not followed", async () => {
    const target = await startPortal(hang);
    const portal = await startPortal(respond(307, "", "text/plain", { location: target.baseUrl }));
    await expect(list(clientFor(portal.baseUrl))).rejects.toMatchObject({
      kind: "not_understood",
      status: 307,
    });
    expect(portal.received).toHaveLength(1);
    expect(target.received).toEqual([]);
  });

  it("is one that is too large, by what it says or by what it is", async () => {
    const said = await startPortal(respond(200, "x", "text/plain", { "content-length": "70000" }));
    await expect(mint(clientFor(said.baseUrl))).rejects.toMatchObject({
      kind: "not_understood",
      sent: "maybe",
    });

    const endless = await startPortal((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.writeHead(200, { "content-type": "application/json" }).on("drain", more);
      more();
    });
    await expect(list(clientFor(endless.baseUrl))).rejects.toMatchObject({ kind: "not_understood" });
  });

  it("is a compressed one, however small", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const portal = await startPortal((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bomb);
    });
    await expect(list(clientFor(portal.baseUrl))).rejects.toMatchObject({ kind: "not_understood" });
  });

  it("is one that calls itself compressed though nobody asked for that", async () => {
    const portal = await startPortal(respond(200, "true", "text/plain", { "content-encoding": "br" }));
    const revoked = clientFor(portal.baseUrl).revokeToken("p", credential, token);
    await expect(revoked).rejects.toMatchObject({ kind: "not_understood", sent: "maybe" });
    portal.answerWith(respond(200, "true", "text/plain", { "content-encoding": "Identity" }));
    const outcome = await clientFor(portal.baseUrl).revokeToken("p", credential, token);
    expect(outcome).toEqual({ outcome: "deleted" });
  });

  it("is one that ends too soon, whether its length was said or not", async () => {
    const said = await startPortal((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write('["t1"');
      setImmediate(() => response.socket?.end());
    });
    await expect(mint(clientFor(said.baseUrl))).rejects.toMatchObject({ kind: "unavailable", sent: "maybe" });
    const chunked = await startPortal((_request, response) => {
      response.writeHead(200).write(token);
      setImmediate(() => response.socket?.end());
    });
    await expect(mint(clientFor(chunked.baseUrl))).rejects.toMatchObject({
      kind: "unavailable",
      sent: "maybe",
    });
  });

  it("is not even HTTP", async () => {
    const server = createServer((socket) => socket.end("220 smtp.example.test ESMTP\r\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const minted = mint(clientFor(`http://127.0.0.1:${port}`));
    await expect(minted).rejects.toMatchObject({ kind: "not_understood", sent: "maybe" });
  });

  it("has headers without end", async () => {
    const portal = await startPortal((_request, response) => {
      response.socket?.write(`HTTP/1.1 200 OK\r\n${"x-long: 0123456789\r\n".repeat(5_000)}\r\n`);
    });
    await expect(mint(clientFor(portal.baseUrl))).rejects.toMatchObject({ kind: "not_understood" });
  });
});
