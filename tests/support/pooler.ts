import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/*
 * A pooler in front of a PostgreSQL that trusts everybody, as PgBouncer is one: in `transaction` mode a client has a server's
 * connection from a statement to the end of its transaction, in `session` mode for as long as it stays
 * (PostgreSQL, "Frontend/Backend Protocol").
 */

export type Pooler = {
  url: string;
  /** Has the servers' connections that clients have do something that no client asked for. */
  say(statement: string): void;
  close(): void;
};

type Server = { socket: Socket; client?: (message: Buffer) => void };

const startUp = 196_608;
const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};

/** Cuts what comes in into messages. The first of a client has no type. */
function onMessages(
  socket: Socket,
  firstIsTyped: boolean,
  take: (whole: Buffer, type: string) => void,
): void {
  let pending = Buffer.alloc(0);
  let typed = firstIsTyped;
  socket.on("data", (bytes) => {
    pending = Buffer.concat([pending, bytes]);
    for (;;) {
      const at = typed ? 1 : 0;
      if (pending.length < at + 4) return;
      const end = at + pending.readInt32BE(at);
      if (pending.length < end) return;
      const whole = pending.subarray(0, end);
      pending = pending.subarray(end);
      const isStart = !typed && whole.readInt32BE(4) === startUp;
      take(whole, typed ? String.fromCharCode(whole[0] ?? 0) : "");
      typed ||= isStart;
    }
  });
}

/** Starts one on a free port. */
export async function startPooler(url: string, mode: "transaction" | "session"): Promise<Pooler> {
  const { hostname, port } = new URL(url);
  const idle: Server[] = [];
  const taken = new Set<Server>();
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    return socket;
  };

  /** A connection to the server that is past its beginning. */
  async function open(start: Buffer): Promise<Server> {
    const socket = keep(connect(Number(port), hostname));
    const server: Server = { socket };
    const ready = new Promise<void>((resolve) => {
      server.client = (whole) => whole[0] === "Z".charCodeAt(0) && resolve();
    });
    onMessages(socket, true, (whole) => server.client?.(whole));
    socket.write(start);
    await ready;
    return server;
  }

  const pooler = createServer((client) => {
    keep(client);
    let start = Buffer.alloc(0);
    let server: Server | undefined;
    let turn = Promise.resolve();
    let isIdle = true;
    const release = () => {
      if (!server) return;
      server.client = undefined;
      taken.delete(server);
      if (isIdle) idle.push(server);
      else server.socket.destroy();
      server = undefined;
    };
    const forward = async (whole: Buffer) => {
      server ??= idle.pop() ?? (await open(start));
      isIdle = false;
      taken.add(server);
      server.client = (answer) => {
        client.write(answer);
        if (answer[0] !== "Z".charCodeAt(0)) return;
        isIdle = answer[5] === "I".charCodeAt(0);
        if (isIdle && mode === "transaction") release();
      };
      server.socket.write(whole);
    };
    onMessages(client, false, (whole, type) => {
      if (type === "X") return void client.end();
      if (type !== "") {
        turn = turn.then(() => forward(whole));
        return;
      }
      if (whole.readInt32BE(4) !== startUp) return void client.write("N");
      start = Buffer.from(whole);
      const ok = Buffer.alloc(4);
      const encoding = Buffer.from("client_encoding\0UTF8\0");
      const parts = [
        message("R", ok),
        message("S", encoding),
        message("K", randomBytes(8)),
        message("Z", Buffer.from("I")),
      ];
      client.write(Buffer.concat(parts));
    });
    client.on("close", () => void turn.then(release));
  });
  pooler.listen(0, "127.0.0.1");
  await once(pooler, "listening");
  const through = new URL(url);
  through.port = String((pooler.address() as AddressInfo).port);
  return {
    url: through.toString(),
    say(statement) {
      for (const server of taken) {
        const before = server.client;
        server.client = (answer) => {
          if (answer[0] === "Z".charCodeAt(0)) server.client = before;
        };
        server.socket.write(message("Q", Buffer.from(`${statement}\0`)));
      }
    },
    close() {
      for (const socket of sockets) socket.destroy();
      pooler.close();
    },
  };
}
