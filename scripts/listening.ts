import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Why this process cannot listen there, in one line that names the variable at fault and what to do; undefined where it
 * can: it has done so for a moment.
 * @param portName the variable that the port comes from.
 */
export async function whyNotListen(
  host: string,
  port: number,
  portName = "PORT",
): Promise<string | undefined> {
  const code = await refusalToListen(host, port);
  return code === undefined ? undefined : faultOf(code, host, port, portName);
}

/** The system's code for why this process cannot listen there; undefined where it can: it has done so for a moment. */
export async function refusalToListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, host), "listening");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
  server.close();
  await once(server, "close");
  return undefined;
}

function faultOf(code: string, host: string, port: number, portName: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `${portName} ${port} is taken on ${host}: stop what listens there, or set ${portName} to another`;
    case "EACCES":
      return `${portName} ${port} is kept from this user: set ${portName} to 1024 or above, or give the right to listen there`;
    case "EADDRNOTAVAIL":
      return `HOST ${host} is no address of this machine: set HOST to one that it has, or to 0.0.0.0 for all of them`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `HOST ${host} is a name that this machine finds no address for: set HOST to an address that it has`;
    default:
      return `HOST ${host} with ${portName} ${port} cannot be listened on (${code}): set them to others`;
  }
}
