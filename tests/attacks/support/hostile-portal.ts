import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { type DeskProcess, type DeskProcessOptions, startDeskProcess } from "@/tests/support/desk-process";

/** What a hostile portal does to one request, in the place of the true answer. */
export type Spoil = (response: ServerResponse, request: IncomingMessage) => void;

/**
 * A portal that is true, until the test says otherwise for the calls whose `METHOD /path` fits: somebody has taken it
 * over, or stands in front of it.
 */
export type HostilePortal = {
  spoil(calls: RegExp, spoil: Spoil): void;
  behave(): void;
  /** From now on it has another certificate (where it has one at all). */
  impersonate(tls: ServerOptions): void;
  /** `METHOD /path` of what was spoilt, in order. */
  spoilt: string[];
};

export type HostileDesk = { desk: DeskProcess; portal: HostilePortal; stop(): Promise<void> };

/** A desk whose portal `sim` is such a one, in front of the simulator. */
export async function startHostileDesk(
  options: DeskProcessOptions & { tls?: ServerOptions; host?: string } = {},
): Promise<HostileDesk> {
  let target = "";
  let rule: { calls: RegExp; spoil: Spoil } | undefined;
  const spoilt: string[] = [];
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const call = `${incoming.method} ${incoming.url}`;
    outgoing.on("error", () => {});
    if (rule?.calls.test(call)) {
      spoilt.push(call);
      incoming.resume();
      return rule.spoil(outgoing, incoming);
    }
    const onwards = request(
      new URL(incoming.url ?? "", target),
      { method: incoming.method, headers: { ...incoming.headers, host: new URL(target).host } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onwards.on("error", () => outgoing.destroy());
    incoming.pipe(onwards);
  };
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const baseUrl = `${options.tls ? "https" : "http"}://${options.host ?? "127.0.0.1"}:${port}/api`;
  const desk = await startDeskProcess({
    ...options,
    env: { PORTALS: JSON.stringify([{ id: "sim", name: "Hostile", baseUrl }]), ...options.env },
  });
  target = desk.simulator.baseUrl;
  return {
    desk,
    portal: {
      spoil(calls, spoil) {
        rule = { calls, spoil };
      },
      behave() {
        rule = undefined;
      },
      impersonate(tls) {
        (server as Server).setSecureContext(tls);
        server.closeAllConnections();
      },
      spoilt,
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await desk.stop();
    },
  };
}
