import "server-only";

/*
 * Why a portal gave no answer of its own, for the operator's log: a closed list of words, drawn from the codes of the
 * libraries underneath, whose messages quote hosts and answers.
 */

/** What each means, and what to look at. */
export const causes = {
  dns: "its name is not found (DNS)",
  refused: "the connection is refused",
  unreachable: "there is no way to its address",
  reset: "the connection breaks off",
  connect_timeout: "no connection comes about in time",
  timeout: "no answer comes in time",
  certificate_expired: "its certificate has expired",
  certificate_not_yet_valid: "its certificate is not valid yet: is this machine's clock right?",
  certificate_self_signed: "its certificate, or one above it, is self-signed (NODE_EXTRA_CA_CERTS)",
  certificate_unknown_issuer:
    "nobody that this machine trusts vouches for its certificate (NODE_EXTRA_CA_CERTS)",
  certificate_of_another_host: "its certificate is another host's",
  certificate_refused: "its certificate is not accepted",
  tls_failed: "no TLS connection comes about",
  proxy_refused: "the proxy does not let the desk through",
  proxy_failed: "the proxy does not get through to it",
  server_error: "it answers with an error of its own",
  another_server: "something else answers at its address",
  unexpected_answer: "its answer is not as the desk knows it",
} as const;

export type PortalCause = keyof typeof causes;

const codes: Record<string, PortalCause> = {
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_FAIL: "dns",
  ENODATA: "dns",
  ECONNREFUSED: "refused",
  ENETUNREACH: "unreachable",
  ENETDOWN: "unreachable",
  EHOSTUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  EACCES: "unreachable",
  EPERM: "unreachable",
  ETIMEDOUT: "connect_timeout",
  UND_ERR_CONNECT_TIMEOUT: "connect_timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  CERT_HAS_EXPIRED: "certificate_expired",
  CERT_NOT_YET_VALID: "certificate_not_yet_valid",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate_self_signed",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate_self_signed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate_unknown_issuer",
  UNABLE_TO_GET_ISSUER_CERT: "certificate_unknown_issuer",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate_unknown_issuer",
  CERT_UNTRUSTED: "certificate_unknown_issuer",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate_of_another_host",
  HOSTNAME_MISMATCH: "certificate_of_another_host",
  // The proxy's own.
  UND_ERR_PRX_TLS: "certificate_of_another_host",
  EPROTO: "tls_failed",
  // Our own, of tunnel.ts.
  ERR_PROXY_REFUSED: "proxy_refused",
  ERR_PROXY_FAILED: "proxy_failed",
};

/** The cause behind an error of undici, of Node's sockets or of OpenSSL (Node's documentation, "X509 certificate error codes"). */
export function causeOf(error: Error): PortalCause {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const known = codes[code];
  if (known) return known;
  if (/^(?:CERT_|CRL_|UNABLE_TO_|ERROR_IN_|INVALID_|PATH_LENGTH_)/.test(code)) return "certificate_refused";
  if (/^ERR_(?:SSL|TLS|OSSL)_/.test(code)) return "tls_failed";
  return "reset";
}
