import { type Env, readEnv } from "@/lib/server/env";

/** Where the desk listens, and the configuration that says so. */
export type DeskAddress = { env: Env; host: string; port: number };

/**
 * Reads the configuration as the desk will. It listens on loopback alone unless `HOST` says otherwise: whoever
 * reaches it past the proxy could claim any address. A desk of one's own machine listens on the port that its URL names.
 * @throws EnvError with one line that names the variable at fault.
 */
export function readDeskAddress(source: NodeJS.ProcessEnv): DeskAddress {
  const env = readEnv(source);
  const named = env.url.hostname.replace(/^\[|\]$/g, "");
  const host = source.HOST || (env.loopback && named !== "localhost" ? named : "127.0.0.1");
  const port = !source.PORT && env.loopback && env.url.port ? Number(env.url.port) : env.port;
  return { env, host, port };
}
