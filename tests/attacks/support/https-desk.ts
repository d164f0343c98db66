import { randomBytes } from "node:crypto";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { type RawAnswer, rawRequest } from "@/tests/support/raw-request";

/* A desk that browsers reach by https: the proxy in front of it, which has the certificate, is played by the test. */

const host = "desk.example";
export const httpsHome = `https://${host}`;

export const startHttpsDesk = (env: Record<string, string> = {}): Promise<DeskProcess> =>
  startDeskProcess({
    env: {
      TOKENDESK_URL: httpsHome,
      TOKENDESK_SECRET: randomBytes(32).toString("base64url"),
      TOKENDESK_ALLOW: "sim",
      TRUSTED_PROXY_HOPS: "1",
      ...env,
    },
  });

type Headers = Record<string, string>;
export type HttpsVisit = {
  csrf: RawAnswer;
  answer: RawAnswer;
  /** The session's cookie, as a browser would send it. */
  cookie: string;
  get(path: string, headers?: Headers): Promise<RawAnswer>;
};

/** Signs a seeded user in, as their browser would through the proxy. */
export async function signInOverHttps(
  desk: DeskProcess,
  user: string,
  headers: Headers = {},
): Promise<HttpsVisit> {
  const csrf = await rawRequest(desk.port, "/api/auth/csrf", { headers: { Host: host } });
  const { userName: username, password } = desk.simulator.seed.user(user);
  const { csrfToken } = JSON.parse(csrf.text);
  const form = new URLSearchParams({ csrfToken, json: "true", portal: "sim", username, password });
  const answer = await rawRequest(desk.port, "/api/auth/callback/portal", {
    method: "POST",
    headers: {
      Host: host,
      Origin: httpsHome,
      Cookie: pairOf(csrf),
      "Content-Type": "application/x-www-form-urlencoded",
      ...headers,
    },
    body: form.toString(),
  });
  const cookie = pairOf(answer);
  const get: HttpsVisit["get"] = (path, more = {}) =>
    rawRequest(desk.port, path, { headers: { Host: host, Cookie: cookie, ...more } });
  return { csrf, answer, cookie, get };
}

const pairOf = ({ headers }: RawAnswer): string => String(headers["set-cookie"]?.[0]).split(";")[0] ?? "";
