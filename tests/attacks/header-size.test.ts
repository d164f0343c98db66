import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeskProcess } from "@/tests/support/desk-process";
import { rawBytes } from "@/tests/support/raw-request";
import { httpsHome, signInOverHttps, startHttpsDesk } from "./support/https-desk";

/*
 * A proxy takes 4 kB as an answer's headers, and answers 502 in its place where there are more. Whoever could have the desk
 * say more would have links that break it, for whoever opens them.
 */

const most = 4_096;
/** As long as a target may be: what is longer the desk refuses. */
const long = (start: string, unit = "x") =>
  start + unit.repeat(Math.floor((8_100 - start.length) / unit.length));

const queries = [
  "",
  long("?q="),
  long("?q=", "%22"),
  long("?next=%2Ftokens%3Fq%3D"),
  `?next=%2Ftokens%3Fq%3D${"x".repeat(1_990)}`,
  `?q=${"x".repeat(1_400)}`,
  `?q=${"%22".repeat(600)}`,
  `?${"a=b&".repeat(48)}c=${"x".repeat(1_200)}`,
];
const paths = [
  "/",
  "/tokens",
  "/tokens/",
  "/sign-in",
  "/sign-in/",
  "/audit",
  "/sessions",
  "/connections",
  "/icon.svg",
  "/nothing/here",
  `/tokens/tok_${"a".repeat(26)}`,
  "/api/session",
  "/api/session/",
  "/api/portals",
  "/api/auth/csrf",
  "/api/nothing",
  "/api/health/ready",
  "/_next/image",
  "/_next/static/chunks/x.js",
  "/_next/static/x/",
];
const longPaths = [
  long("/"),
  `${long("/").slice(0, -1)}/`,
  long("//"),
  long("/", "/x"),
  long("/x\\"),
  long("/", "%2f"),
  long("/%ff"),
  long("/tokens/"),
  long("/sign-in/"),
  long("/api/"),
  `${long("/api/").slice(0, -1)}/`,
  long("/_next/static/"),
  `${long("/_next/static/").slice(0, -1)}/`,
  long("/_next/data/x/"),
  `/${"x".repeat(1_450)}/?q=${"x".repeat(1_450)}`,
  long("http://evil.example/"),
  `${long("/")}${"x".repeat(5_000)}`,
];
const targets = [...paths.flatMap((path) => queries.map((query) => path + query)), ...longPaths];

let desk: DeskProcess;
let cookie: string;
beforeAll(async () => {
  desk = await startHttpsDesk({ TOKENDESK_HSTS: "subdomains" });
  ({ cookie } = await signInOverHttps(desk, "ann"));
});
afterAll(() => desk?.stop());

const askers: [string, () => Record<string, string>][] = [
  ["a stranger", () => ({})],
  ["somebody signed in", () => ({ Cookie: cookie })],
  ["the router", () => ({ Cookie: cookie, RSC: "1" })],
  ["the router, ahead", () => ({ RSC: "1", "Next-Router-Prefetch": "1", "Next-Url": long("/") })],
  ["the framework of old", () => ({ "x-nextjs-data": "1" })],
  ["another host", () => ({ Host: "old.example" })],
  ["a host of great length", () => ({ Host: "x".repeat(6_000) })],
  ["plain http", () => ({ "X-Forwarded-Proto": "http" })],
  ["many cookies", () => ({ Cookie: long("tokendesk.csrf=").slice(0, 6_000), Origin: long("https://") })],
  ["no method", () => ({ method: "TRACE" })],
  ["a form", () => ({ method: "POST", "Content-Length": "0", "Sec-Fetch-Site": "same-origin" })],
];

async function headOf(target: string, { method = "GET", ...headers }: Record<string, string>, body = "") {
  const lines = Object.entries({ Host: "desk.example", Connection: "close", ...headers }).map((pair) =>
    pair.join(": "),
  );
  const text = await rawBytes(
    desk.port,
    `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`,
  );
  expect(text, target.slice(0, 60)).toMatch(/^HTTP\/1\.1 \d{3} /);
  return text.slice(0, text.indexOf("\r\n\r\n") + 4);
}

describe("no answer's header is more than a proxy takes,", () => {
  test.each(askers)("whatever is asked by %s", async (_name, headers) => {
    const heads: [number, string][] = [];
    for (const target of targets) heads.push([(await headOf(target, headers())).length, target.slice(0, 60)]);
    expect(heads.filter(([length]) => length > most)).toEqual([]);
  });

  test("wherever a sign-in is to lead", async () => {
    const { userName: username, password } = desk.simulator.seed.user("ann");
    const csrf = await headOf("/api/auth/csrf", {});
    const [, pair = ""] = /set-cookie: ([^;]+)/i.exec(csrf) ?? [];
    const [csrfToken = ""] = decodeURIComponent(pair.split("=")[1] ?? "").split("|");
    for (const callbackUrl of [
      "/tokens",
      `/tokens?q=${"x".repeat(2_000)}`,
      `/${"x".repeat(2_000)}`,
      long("/"),
    ]) {
      const form = new URLSearchParams({
        csrfToken,
        portal: "sim",
        username,
        password,
        callbackUrl,
      }).toString();
      const headers = {
        method: "POST",
        Cookie: pair,
        Origin: httpsHome,
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": String(form.length),
      };
      const head = await headOf("/api/auth/callback/portal", headers, form);
      expect(head).toMatch(/^HTTP\/1\.1 303 (?:.*\r\n)*set-cookie: __Host-tokendesk\.session=/i);
      expect(head.length).toBeLessThanOrEqual(most);
    }
  });

  // What is left out of an address must not lead elsewhere.
  test("and what is too long for one is left out of it", async () => {
    const locationOf = async (target: string, headers: Record<string, string> = {}) =>
      /^location: (.*)$/im.exec(await headOf(target, headers))?.[1]?.trim();
    expect(await locationOf(long("/tokens/?q="))).toBe("/tokens");
    expect(await locationOf(long("//evil.example/"))).toBe("/");
    expect(await locationOf(`/tokens?q=${"%22".repeat(600)}`)).toBe("/sign-in");
    expect(await locationOf(long("/x?q="), { Host: "old.example" })).toBe(`${httpsHome}/?led-home`);
    expect(await locationOf(`/tokens?q=${"x".repeat(300)}`)).toContain("x".repeat(300));
  });
});
