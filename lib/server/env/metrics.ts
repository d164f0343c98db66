import "server-only";
import { keepSecret } from "../scrub";
import { EnvError } from "./error";
import { readSecret } from "./secret";
import type { Variables } from "./variables";

/**
 * Reads `TOKENDESK_METRICS_TOKEN`, or the file that `TOKENDESK_METRICS_TOKEN_FILE` names: it travels in a header, so that it is
 * made of what can stand in one.
 * @returns undefined where none is given. @throws EnvError
 */
export function readMetricsToken(source: Variables): string | undefined {
  const token = readSecret(source, "TOKENDESK_METRICS_TOKEN");
  if (token === undefined) return undefined;
  keepSecret(token);
  if (!/^[!-~]+$/.test(token))
    throw new EnvError(
      "TOKENDESK_METRICS_TOKEN wants letters, digits and signs of ASCII, and no spaces: openssl rand -base64 32 makes some",
    );
  return token;
}
