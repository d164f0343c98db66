import "server-only";
import { noteTyped } from "../scrub";
import { PortalError } from "./error";
import { isSendableCredential } from "./token-form";

/**
 * The header that carries a credential: `X-Auth-Token`, for a temporary authToken and for a permanent API token alike
 * (portal's guide, "Authentication"). The only place that knows it, for newer hosts want another one.
 * Throws `token_unsendable` for a value that cannot travel in a header.
 */
export function credentialHeader(credential: string, endpoint: string): Record<string, string> {
  if (!isSendableCredential(credential)) throw new PortalError("token_unsendable", { endpoint, sent: "no" });
  // What nobody has proved yet may be anything.
  noteTyped(credential);
  return { "x-auth-token": credential };
}
