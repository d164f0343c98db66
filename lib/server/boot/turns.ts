import "server-only";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Browsers send one at a time, and so do proxies. */
const mostWaiting = 20;

/**
 * Has the requests of a connection answered one after another: Node starts all that came together at once, and whoever sends
 * hundreds in one packet would have everybody wait. Who sends more than some is cut off; what waits on a connection that
 * ends is dropped.
 */
export function inTurn(answer: Answer): {
  take: Answer;
  /** The one that is being written. */
  answering: (socket: Socket) => ServerResponse | undefined;
} {
  /** The first one is being answered. An idle connection has none. */
  const lines = new WeakMap<Socket, [IncomingMessage, ServerResponse][]>();

  function begin(socket: Socket): void {
    const [request, response] = lines.get(socket)?.[0] ?? [];
    // Of a connection that takes no answer any more nothing is begun.
    if (!request || !response || !socket.writable) return void lines.delete(socket);
    response.once("close", () => {
      lines.get(socket)?.shift();
      begin(socket);
    });
    answer(request, response);
  }

  return {
    answering: (socket) => lines.get(socket)?.[0]?.[1],
    take(request, response) {
      const { socket } = request;
      // Node reads on what had come together with what the connection was cut for.
      if (socket.destroyed) return;
      const line = lines.get(socket);
      if (!line) {
        lines.set(socket, [[request, response]]);
        return begin(socket);
      }
      if (line.push([request, response]) > mostWaiting + 1) socket.destroy();
    },
  };
}
