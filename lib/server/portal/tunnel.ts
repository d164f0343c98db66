import "server-only";
import { type Dispatcher, Pool } from "undici";

/**
 * The connections to a forward proxy, for undici's agent. A tunnel that does not come about fails at once, with a code of its
 * own: undici takes a socket that the proxy closed for one to open again, and would do so thousands of times a second, for
 * as long as the proxy closes them.
 */
export function tunnelPool(proxy: URL, options: Pool.Options): Dispatcher {
  const pool = new Pool(proxy, options);
  const open = pool.connect.bind(pool) as (
    asked: Dispatcher.ConnectOptions,
  ) => Promise<Dispatcher.ConnectData>;
  const connect = async (asked: Dispatcher.ConnectOptions) => {
    const answer = await open(asked).catch((error: unknown) => {
      throw codeOf(error) === "UND_ERR_SOCKET" ? noTunnel("ECONNRESET") : error;
    });
    if (answer.statusCode === 200) return answer;
    answer.socket.on("error", () => undefined).destroy();
    throw noTunnel(answer.statusCode >= 500 ? "ERR_PROXY_FAILED" : "ERR_PROXY_REFUSED");
  };
  return Object.assign(pool, { connect });
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? error.code : undefined);

const noTunnel = (code: string): Error => Object.assign(new Error("no tunnel"), { code });
