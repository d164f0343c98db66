import "server-only";
import type { Notice } from "./notice-page";

/** What shows that a request went astray: the header, and what it said. */
export type Astray = { header: "Host" | "X-Forwarded-Proto"; received: string };

/** What is wrong, and what to set in which proxy. */
type Words = {
  title: string;
  text: string;
  wanted: string;
  otherwise: string;
  settings: [string, string][];
  rest: string;
};

/** What is said of a proxy that hides this header. */
export function wordsOf(header: Astray["header"], home: URL): Words {
  if (header === "Host")
    return {
      title: "The proxy in front of this desk hides its address",
      text: `You asked for ${home.origin}, but the request arrived under another name: the proxy put its own in the place of yours. Whoever runs the proxy has to have it pass on the header Host.`,
      wanted: home.host,
      otherwise: "If the name that arrived is the one that people use, TOKENDESK_URL has to say so.",
      settings: [
        ["nginx", `proxy_set_header Host ${home.port ? "$http_host" : "$host"};`],
        ["Apache", "ProxyPreserveHost On"],
        ["IIS (ARR)", '<proxy preserveHostHeader="true" />'],
      ],
      rest: "Caddy, HAProxy and Traefik pass it on by themselves.",
    };
  return {
    title: "The proxy in front of this desk says that you came by http",
    text: "This desk is reached by https alone, so that no password is sent in the clear. You were led to https, and the request still says http: a proxy further in has replaced what the outer one said. Whoever runs them has to have X-Forwarded-Proto pass.",
    wanted: "https",
    otherwise: "If people do come by http, the outer proxy has to lead them to https.",
    settings: [
      ["nginx, inner", "proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;"],
      ["nginx, outer", "proxy_set_header X-Forwarded-Proto $scheme;"],
      ["Apache, outer", 'RequestHeader set X-Forwarded-Proto "https"'],
    ],
    rest: "Caddy and Traefik keep it from a proxy that they are told to trust (trusted_proxies, trustedIPs).",
  };
}

/**
 * Tells whoever runs the proxy what to change.
 * @param again the address to try once that is done.
 */
export function astrayNotice({ header, received }: Astray, home: URL, again: string): Notice {
  const { title, text, wanted, otherwise, settings, rest } = wordsOf(header, home);
  return {
    title,
    parts: [
      text,
      {
        rows: [
          ["Arrived", `${header}: ${received.slice(0, 200)}`],
          ["Wanted", `${header}: ${wanted}`],
        ],
      },
      otherwise,
      { heading: "What to set in the proxy" },
      { rows: settings },
      rest,
      { link: "Try again", to: again },
    ],
  };
}
