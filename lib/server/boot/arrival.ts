import "server-only";
import type { IncomingMessage, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import { isOwnHost } from "@/lib/shared/own-host";
import { createCache } from "../cache";
import { minutes } from "../clock";
import type { Env } from "../env";
import { log } from "../log";
import { once } from "../runtime";
import { type Astray, astrayNotice } from "./astray-notice";
import { noticePage } from "./notice-page";

/*
 * Requests that went astray: under another host than the desk's own (a forgotten alias, DNS rebinding, a proxy that passes
 * its own name on), or by http to a desk whose address is https. A document is led home, once: the address that it is led
 * to has a mark, which is taken away where the request arrives as it should. Who goes astray with the mark would be led
 * in a circle, so they are told what is wrong. The address alone says it: not every client keeps a cookie.
 */

/** What is known of the desk here. */
type Home = Pick<Env, "url" | "proxies">;

/** Wherever in the query: there are proxies that sort it. */
const mark = /([?&])led-home=?(?:&|$)/;
/** With a longer one the headers would be more than a proxy takes; the desk's first page is asked for instead. */
const longestLed = 1_024;
const tellingMs = minutes(1);
/** Of different values, in that time: anybody may send one, and it must not keep the proxy's own out. */
const mostTold = 10;

/** A request's target as it was before it was led here. */
export const unmarked = (target: string): string =>
  mark.test(target) ? target.replace(mark, "$1").replace(/[?&]$/, "") : target;

/** Which header shows that a request went astray, and what it says. */
export function astray(
  { headers }: Pick<IncomingMessage, "headers">,
  { url: home, proxies }: Home,
): Astray | undefined {
  if (!isOwnHost(headers.host, home)) return { header: "Host", received: headers.host ?? "" };
  const scheme = schemeOf(String(headers["x-forwarded-proto"] ?? ""), proxies.hops);
  return home.protocol === "https:" && scheme === "http"
    ? { header: "X-Forwarded-Proto", received: scheme }
    : undefined;
}

/**
 * The scheme by which the browser came, as the outermost of our proxies saw it: each adds its own or replaces them all. It is
 * believed from anybody, for it can only shut: who says `https` gets what they would get without a word.
 */
function schemeOf(forwarded: string, hops: number): string {
  const schemes = forwarded.split(",").map((scheme) => scheme.trim().toLowerCase());
  return schemes.at(-Math.min(Math.max(hops, 1), schemes.length)) ?? "";
}

/** Answers the read of a document that has to be asked for elsewhere, or cannot be. Returns whether it did. */
export function leadHome(request: IncomingMessage, response: ServerResponse, home: Home): boolean {
  const { method, url: target = "" } = request;
  const found = astray(request, home);
  const isLed = mark.test(target);
  if (!found && !isLed) return false;
  const kept = unmarked(target);
  if (!found || !isLed) {
    const led = kept.length > longestLed ? "/" : kept;
    response.writeHead(307, {
      "Cache-Control": "no-store",
      Location: home.url.origin + (found ? `${led}${led.includes("?") ? "&" : "?"}led-home` : led),
    });
    response.end();
    return true;
  }
  tell(found, home);
  const { headers, html } = noticePage(astrayNotice(found, home.url, home.url.origin + kept));
  response.writeHead(421, headers);
  response.end(method === "HEAD" ? undefined : html);
  return true;
}

/** One line of the log a minute for each value: whoever runs the proxy reads it there. Probes often name no host at all. */
function tell({ header, received }: Astray, home: Home): void {
  const told = once(`arrival.told.${header}`, () => createCache<number>({ most: mostTold }));
  const now = performance.now();
  const value = received.slice(0, 200);
  const lately = [...told.entries()].filter(([, at]) => now - at < tellingMs);
  if (!value || lately.length >= mostTold || lately.some(([key]) => key === value)) return;
  told.set(value, now);
  const wanted = header === "Host" ? home.url.host : "https";
  log().warn({ header, received: value, wanted }, "a proxy in front hides how the desk was asked for");
}
