import { type Env, EnvError, readEnv } from "@/lib/server/env";
import { whyNotListen } from "./listening";

/** Where the desk listens, and the configuration that says so. */
export type DeskAddress = { env: Env; host: string; port: number };

/** A host as an address writes it. */
export const hostInUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/**
 * Reads the configuration as the desk will. It listens on loopback alone unless `HOST` says otherwise: whoever
 * reaches it past the proxy could claim any address. A desk of one's own machine listens on the port that its URL names.
 * @throws EnvError with one line that names the variable at fault.
 */
export function readDeskAddress(source: NodeJS.ProcessEnv): DeskAddress {
  const env = readEnv(source);
  const named = env.url.hostname.replace(/^\[|\]$/g, "");
  const given = source.HOST?.replace(/^\[(.*)\]$/, "$1");
  if (given && (/[/\s]/.test(given) || /^[^:]*:\d*$/.test(given) || given.includes("]")))
    throw new EnvError("HOST wants an address or a name by itself, 0.0.0.0 say: the port is PORT's");
  const host = given || (env.loopback && named !== "localhost" ? named : "127.0.0.1");
  const port = !source.PORT && env.loopback && env.url.port ? Number(env.url.port) : env.port;
  return { env, host, port };
}

/**
 * Looks whether the desk could listen there.
 * @throws EnvError with one line that names the variable at fault.
 */
export async function checkDeskAddress({ host, port }: DeskAddress): Promise<void> {
  const fault = await whyNotListen(host, port);
  if (fault) throw new EnvError(fault);
}
