import "server-only";
import { keepSecret } from "../scrub";
import { EnvError } from "./error";
import { readSecret } from "./secret";
import type { Variables } from "./variables";

/**
 * Reads `TOKENDESK_METRICS_TOKEN`, or the file that `TOKENDESK_METRICS_TOKEN_FILE` names: it travels in a header, so that it is
 * made of what can stand in one, and no secret that has another use.
 * @param secret that of `TOKENDESK_SECRET`, where one is given.
 * @returns undefined where none is given. @throws EnvError
 */
export function readMetricsToken(source: Variables, secret: string | undefined): string | undefined {
  const token = readSecret(source, "TOKENDESK_METRICS_TOKEN");
  if (token === undefined) return undefined;
  keepSecret(token);
  if (!/^[!-~]+$/.test(token))
    throw new EnvError(
      "TOKENDESK_METRICS_TOKEN wants letters, digits and signs of ASCII, and no spaces: openssl rand -base64 32 makes some",
    );
  if (token === secret)
    throw new EnvError(
      "TOKENDESK_METRICS_TOKEN must not be the value of TOKENDESK_SECRET, which opens the store: openssl rand -base64 32 makes another",
    );
  return token;
}
