import type { PortalCause } from "@/lib/server/cause";

const authority = "name the file of the authority's certificate as NODE_EXTRA_CA_CERTS";
const noWay = "look for a firewall, and whether this network wants a proxy (HTTPS_PROXY)";
const itsCertificate = "whoever runs it has to renew or correct it; see the host in the base URL, too";

/** What helps where a portal does not answer, as docs/company-networks.md has it. */
export const portalMends: Record<PortalCause, string> = {
  dns: "see this machine's name server, and the base URL where PORTALS has it; where this network wants a proxy, set HTTPS_PROXY",
  refused: noWay,
  unreachable: noWay,
  reset: noWay,
  connect_timeout: noWay,
  timeout: "the portal is slow or stuck: look again later, or ask whoever runs it",
  certificate_expired: itsCertificate,
  certificate_not_yet_valid: "set this machine's clock",
  certificate_self_signed: authority,
  certificate_unknown_issuer: authority,
  certificate_of_another_host: "see the host in the base URL; else whoever runs it has to correct it",
  certificate_refused: itsCertificate,
  tls_failed: "see the port in the base URL, and whether a proxy is named as https:// that speaks http",
  proxy_refused: "see user and password in HTTPS_PROXY, and the proxy's rules",
  proxy_failed: "see the base URL, and the proxy's log",
  server_error: "look again later, or ask whoever runs it",
  another_server: "see the base URL, and whether a sign-on page, gateway or firewall answers in between",
  unexpected_answer: "tell the developers of Tokendesk",
};

const frontAuthority =
  "this machine has to trust what browsers trust: name the file of the authority's certificate as NODE_EXTRA_CA_CERTS";
const frontCertificate = "give the proxy a certificate for the host in TOKENDESK_URL that is valid today";
const frontWay = "see whether the proxy runs and listens at that host and port, and the firewall before it";

/** The same where nobody gets through to the desk's own address. */
export const frontMends: Record<PortalCause, string> = {
  ...portalMends,
  dns: "enter the name at your name server, or correct TOKENDESK_URL",
  refused: frontWay,
  unreachable: frontWay,
  reset: "see the proxy's log",
  connect_timeout: `${frontWay}; where this machine alone does not get to it (a router that leads nobody back in), nothing is wrong`,
  timeout: "see the proxy's log, and that it passes on to where the desk listens",
  certificate_expired: frontCertificate,
  certificate_self_signed: frontAuthority,
  certificate_unknown_issuer: `have the proxy send the whole chain; else ${frontAuthority}`,
  certificate_of_another_host: frontCertificate,
  certificate_refused: frontCertificate,
  tls_failed: "have the proxy speak TLS there (nginx: listen 443 ssl), or correct the port in TOKENDESK_URL",
};
