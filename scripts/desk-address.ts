import { type Env, readEnv } from "@/lib/server/env";

/** Where the desk listens, and the configuration that says so. */
export type DeskAddress = { env: Env; host: string; port: number };

/**
 * Reads the configuration as the desk will. A desk of one's own machine listens on loopback alone, and on the port
 * that its URL names; any other on every interface, behind whatever terminates TLS.
 * @throws EnvError with one line that names the variable at fault.
 */
export function readDeskAddress(source: NodeJS.ProcessEnv): DeskAddress {
  const env = readEnv(source);
  const named = env.url.hostname.replace(/^\[|\]$/g, "");
  const loopbackHost = named === "localhost" ? "127.0.0.1" : named;
  const host = source.HOST || (env.loopback ? loopbackHost : "0.0.0.0");
  const port = !source.PORT && env.loopback && env.url.port ? Number(env.url.port) : env.port;
  return { env, host, port };
}
