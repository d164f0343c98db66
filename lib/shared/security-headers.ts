/**
 * What every answer of the desk tells a browser about how far it may be trusted. Pure: the server, the proxy and
 * the tests read the same lists (ASVS 5.0, 3.4).
 */

/** Features that no page of the desk uses. Writing to the clipboard is what *Copy* does, on our own pages only. */
const deniedFeatures = [
  "accelerometer",
  "autoplay",
  "camera",
  "clipboard-read",
  "display-capture",
  "encrypted-media",
  "fullscreen",
  "geolocation",
  "gyroscope",
  "hid",
  "idle-detection",
  "local-fonts",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "picture-in-picture",
  "publickey-credentials-create",
  "publickey-credentials-get",
  "screen-wake-lock",
  "serial",
  "storage-access",
  "usb",
  "xr-spatial-tracking",
];

const permissions = [...deniedFeatures.map((name) => `${name}=()`), "clipboard-write=(self)"].join(", ");

/** Where browsers report what the policy stopped. */
const cspReportPath = "/api/csp-report";

/** Whether browsers are told to use https alone for a year: for the desk's host, for all below it too, or by somebody else. */
export type Hsts = "on" | "subdomains" | "off";

/**
 * The headers of every answer: document, JSON, file, error.
 * @param hsts `off` where browsers reach the desk by plain http, over which it must not be sent (RFC 6797, 7.2).
 */
export function baseHeaders(hsts: Hsts): Record<string, string> {
  return {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": permissions,
    ...(hsts === "off"
      ? {}
      : { "Strict-Transport-Security": `max-age=31536000${hsts === "on" ? "" : "; includeSubDomains"}` }),
  };
}

/** The policy of an answer that is no document: it may load nothing and be framed by nobody. */
export const apiPolicy = "default-src 'none'; frame-ancestors 'none'";

type Surroundings = {
  /** Next's development server renders it, which evaluates code and injects styles. */
  development?: boolean;
  /** Browsers reach the desk by https: a page that came by http all the same sends no form and no call by it. */
  https?: boolean;
};

/**
 * The policy of a document. Scripts run by the nonce alone. `style-src-attr` is open: positions of virtual rows and
 * of popups are style attributes, and those cannot load anything.
 */
export function documentPolicy(nonce: string, { development, https }: Surroundings = {}): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    development ? "style-src-elem 'self' 'unsafe-inline'" : `style-src-elem 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(https ? ["upgrade-insecure-requests"] : []),
    `report-uri ${cspReportPath}`,
    "report-to csp",
  ].join("; ");
}

/** The headers of a document, besides those of every answer. */
export function documentHeaders(nonce: string, surroundings?: Surroundings): Record<string, string> {
  return {
    "Content-Security-Policy": documentPolicy(nonce, surroundings),
    "Reporting-Endpoints": `csp="${cspReportPath}"`,
    // Kept by no cache, and changed by no proxy: a script or a style put in would be stopped by the policy.
    "Cache-Control": "no-store, no-transform",
  };
}
