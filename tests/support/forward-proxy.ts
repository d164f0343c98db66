import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A forward proxy as companies have them, on loopback: it opens tunnels, and keeps who asked for which. */
export async function startForwardProxy(options: { credentials?: string } = {}) {
  const asked: { host: string; authorization?: string }[] = [];
  const sockets = new Set<Socket>();
  let mode: "open" | "hang" | "close" | number = "open";
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connect", (request, client: Socket) => {
    const authorization = request.headers["proxy-authorization"];
    asked.push({ host: request.url ?? "", authorization });
    client.on("error", () => undefined);
    if (mode === "hang") return;
    if (mode === "close") return void client.end();
    if (mode !== "open") return void client.end(`HTTP/1.1 ${mode} No\r\nContent-Length: 0\r\n\r\n`);
    const wanted = options.credentials && `Basic ${Buffer.from(options.credentials).toString("base64")}`;
    if (wanted && authorization !== wanted) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const portal = connect(Number(port || 80), hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      portal.pipe(client).pipe(portal);
    });
    portal.on("error", () => client.destroy());
    client.on("close", () => portal.destroy());
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    withCredentials: `http://${(options.credentials ?? "").split(":").map(encodeURIComponent).join(":")}@127.0.0.1:${port}`,
    asked,
    /** What it answers, if anything: a status in place of a tunnel, or it closes the connection. */
    become(next: typeof mode) {
      mode = next;
    },
  };
}
