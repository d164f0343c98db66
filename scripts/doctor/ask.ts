import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";
import { request as requestTls } from "node:https";
import { connect, type TLSSocket } from "node:tls";

/** One answer, as it came: nothing is followed, nothing unpacked. */
export type Heard = {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** When the certificate of whoever answered ends, in milliseconds since the epoch; absent over http. */
  certificateEnds?: number;
};

const mostBytes = 256 * 1024;

/**
 * Asks once, on a connection of its own, straight and not through a forward proxy.
 * @param body with one it is a POST.
 * @throws Error with a code, as `causeOf` reads it.
 */
export function ask(
  url: URL,
  headers: Record<string, string>,
  patienceMs: number,
  body?: string,
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    let isConnected = false;
    let timer: NodeJS.Timeout | undefined;
    const settle = (end: () => void) => {
      clearTimeout(timer);
      end();
    };
    const fail = (error: Error) => settle(() => reject(error));
    // Said outright, for the environment could turn the verification off.
    const options: RequestOptions & { rejectUnauthorized: true } = {
      method: body === undefined ? "GET" : "POST",
      headers: { "user-agent": "tokendesk-doctor", ...headers },
      agent: false,
      rejectUnauthorized: true,
    };
    const open = url.protocol === "https:" ? requestTls : request;
    const outgoing = open(url, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        if (text.length < mostBytes) text += chunk;
      });
      answer.on("error", fail);
      answer.on("end", () =>
        settle(() =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text,
            certificateEnds: endOf(answer.socket as TLSSocket),
          }),
        ),
      );
    });
    timer = setTimeout(() => {
      const code = isConnected ? "UND_ERR_HEADERS_TIMEOUT" : "ETIMEDOUT";
      outgoing.destroy(Object.assign(new Error("given up"), { code }));
    }, patienceMs);
    outgoing.on("socket", (socket) => socket.once("connect", () => (isConnected = true)));
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}

/** When the certificate at an https address ends; undefined where there is none to be had. */
export function certificateEndOf(
  { protocol, hostname, port }: URL,
  patienceMs: number,
): Promise<number | undefined> {
  if (protocol !== "https:") return Promise.resolve(undefined);
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(port || 443),
      servername: /[a-z]/i.test(host) ? host : undefined,
    });
    const done = (end?: number) => {
      socket.destroy();
      resolve(end);
    };
    socket.setTimeout(patienceMs, () => done());
    socket.once("error", () => done());
    socket.once("secureConnect", () => done(endOf(socket)));
  });
}

function endOf(socket: TLSSocket): number | undefined {
  const end = Date.parse(socket.getPeerCertificate?.().valid_to ?? "");
  return Number.isNaN(end) ? undefined : end;
}

const soonMs = 14 * 86_400_000;

/** How long a certificate is good for, where that is not for long. */
export const endsSoon = (end: number | undefined, now: number): number | undefined =>
  end !== undefined && end - now < soonMs ? end - now : undefined;
