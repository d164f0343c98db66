import "server-only";
import { keepSecret } from "../scrub";
import { canDecode } from "./encoded";
import { EnvError } from "./error";
import type { Variables } from "./variables";

/** The forward proxies that calls of the portals go through; `shown` is what may be printed of them. */
export type ForwardProxyEnv = { http?: URL; https: URL; noProxy: string; shown: string };

/**
 * Reads `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`; as everywhere, a name in small letters goes before. Without
 * `HTTPS_PROXY` the other one is for https, too.
 * @returns undefined where none is named. @throws EnvError
 */
export function readForwardProxy(source: Variables): ForwardProxyEnv | undefined {
  const http = readProxyUrl(source, "HTTP_PROXY");
  const https = readProxyUrl(source, "HTTPS_PROXY") ?? http;
  if (!https) return undefined;
  const hosts = (read(source, "NO_PROXY") ?? "").split(/[\s,]+/).filter(Boolean);
  // undici knows the star where it stands alone.
  const noProxy = hosts.includes("*") ? "*" : hosts.join(",");
  const shown = `${https.origin}${noProxy ? ` (not for ${noProxy})` : ""}`;
  return { http, https, noProxy, shown };
}

const read = (source: Variables, name: string) => source[name.toLowerCase()] ?? source[name];

function readProxyUrl(source: Variables, name: string): URL | undefined {
  const text = read(source, name)?.trim();
  if (!text) return undefined;
  // `proxy:3128`, as people write it for curl.
  const whole = text.includes("://") ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol) || !canDecode(url.username + url.password))
    throw new EnvError(`${name} wants the address of an http or https proxy, as http://proxy.example:3128`);
  // What is taken for a path may well be the rest of a password.
  if (url.pathname !== "/" || url.search || url.hash)
    throw new EnvError(`${name} wants no path; write / ? # in a password as %2F %3F %23`);
  keepSecret(url.password, decodeURIComponent(url.password));
  return url;
}
