import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problem } from "@/lib/contracts/problem";
import { readEnv } from "@/lib/server/env";
import { scrapeOfStandby } from "@/lib/server/http/metrics";
import { log } from "@/lib/server/log";
import { startMetrics } from "@/lib/server/metrics/start";
import { forget } from "@/lib/server/runtime";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { rawBytes, rawRequest } from "@/tests/support/raw-request";
import type { DeskAnswer, DeskClient } from "../../scripts/desk-client";
import { Secrets } from "../e2e/support/secrets";

/*
 * Figures go to a machine that many may read, and are kept there for a year. Whoever reads them must find no token, no name and
 * nobody's address; and whoever is not let in must not learn by them how the desk is, when it is busy, or that they are there.
 */

const token = randomBytes(32).toString("base64url");
const path = "/api/metrics";
const bearer = (value: string) => ({ Authorization: `Bearer ${value}` });

describe("a desk without a token for metrics", () => {
  let desk: DeskProcess;
  beforeAll(async () => {
    desk = await startDeskProcess();
  });
  afterAll(() => desk?.stop());

  // Which desks measure themselves, and could be guessed at, is nobody's business.
  test("answers as where there is nothing, whatever is asked", async () => {
    const ann = await desk.signedIn("ann");
    const ask = (client: DeskClient, at: string, method: string, headers: Record<string, string>) =>
      client.send(at, { method, headers });
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
      for (const headers of [
        {},
        bearer(token),
        { Authorization: "Basic x" },
        { "Sec-Fetch-Site": "cross-site" },
      ])
        for (const client of [desk.visitor(), ann]) {
          const [here, nowhere] = await Promise.all(
            [path, "/api/nowhere"].map((at) => ask(client, at, method, headers as Record<string, string>)),
          );
          expect(seen(here)).toEqual(seen(nowhere));
        }
    const named = { Host: "elsewhere.example", ...bearer(token) };
    const [here, nowhere] = await Promise.all(
      [path, "/api/nowhere"].map((at) => rawRequest(desk.port, at, { headers: named })),
    );
    expect(here?.status).toBe(nowhere?.status);
    expect((await desk.visitor().get(path)).status).toBe(404);
  });
});

/** An answer without what is another's at each request. */
const seen = (answer: DeskAnswer | undefined) => ({
  status: answer?.status,
  headers: [...(answer?.headers ?? [])].filter(([name]) => name !== "date"),
  body: answer?.text.replace(/req_\w+/, ""),
});

describe("a desk that is measured", () => {
  let desk: DeskProcess;
  const secrets = new Secrets();
  beforeAll(async () => {
    desk = await startDeskProcess({ env: { TOKENDESK_METRICS_TOKEN: token } });
  });
  afterAll(() => desk?.stop());

  const scrape = async (): Promise<string> => {
    const answer = await rawRequest(desk.port, path, { headers: bearer(token) });
    expect(answer.status).toBe(200);
    return answer.text;
  };

  test.each<[string, Record<string, string>]>([
    ["none", {}],
    ["another token", bearer(randomBytes(32).toString("base64url"))],
    ["the beginning of the token", bearer(token.slice(0, -1))],
    ["more than the token", bearer(`${token}x`)],
    ["the token in capitals", bearer(token.toUpperCase())],
    ["another scheme", { Authorization: `Basic ${token}` }],
    ["the token alone", { Authorization: token }],
    ["the token in a cookie", { Cookie: `authorization=Bearer ${token}` }],
  ])("refuses %s, and says what is wanted", async (_what, headers) => {
    const answer = await rawRequest(desk.port, path, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe('Bearer realm="metrics"');
    expect(problem.parse(JSON.parse(answer.text)).code).toBe("unauthorized");
    expect(answer.text).not.toMatch(/tokendesk_\w/);
  });

  // Who is signed in has no right to it, and whoever scrapes is nobody.
  test("is opened by no session, and opens none", async () => {
    const ann = await desk.signedIn("ann");
    expect((await ann.get(path)).status).toBe(401);
    const answer = await desk.visitor().send("/api/tokens", { headers: bearer(token) });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBeNull();
  });

  test("answers the token under whatever name, is kept by no cache, and is read alone", async () => {
    for (const Host of ["10.1.2.3:3000", "desk.internal", `127.0.0.1:${desk.port}`]) {
      const answer = await rawRequest(desk.port, path, { headers: { Host, ...bearer(token) } });
      expect([answer.status, answer.headers["content-type"], answer.headers["cache-control"]]).toEqual([
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        "no-store",
      ]);
      expect(answer.headers["set-cookie"]).toBeUndefined();
    }
    const head = await rawRequest(desk.port, path, { method: "HEAD", headers: bearer(token) });
    expect([head.status, head.text]).toEqual([200, ""]);
    const post = await desk.visitor().send(path, { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    const elsewhere = { ...bearer(token), "Sec-Fetch-Site": "cross-site" };
    expect((await rawRequest(desk.port, path, { headers: elsewhere })).status).toBe(403);
  });

  // What an attacker would gain: tokens, passwords, and who works here when, by reading a graph.
  test("tells nobody's name, no value, no address and no id, whatever was done", async () => {
    const { userName } = desk.simulator.seed.user("apiCrm");
    const canaries = [
      "canary-label",
      "canary-user",
      "canary-path",
      "canary-query",
      "canary-agent",
      "canary-purpose",
    ];
    await secrets.note(desk);
    const crm = await desk.signedIn("apiCrm");
    const { connections } = (await crm.get("/api/session")).body as { connections: { id: string }[] };
    const minted = await crm.post(
      "/api/tokens",
      { connectionId: connections[0]?.id, label: "canary-label", count: 2 },
      { "Idempotency-Key": "canary-key-1" },
    );
    await secrets.note(desk);
    const [first, second] = (minted.body as { items: { id: string }[] }).items;
    expect((await crm.patch(`/api/tokens/${first?.id}`, { purpose: "canary-purpose" })).status).toBe(200);
    expect((await crm.delete(`/api/tokens/${first?.id}`, { reason: "rotated" })).status).toBeLessThan(300);
    expect((await crm.post(`/api/tokens/${second?.id}/copy`, { as: "raw" })).status).toBe(200);
    const guess = {
      portal: "sim",
      username: "canary-user@demo.example",
      password: randomBytes(20).toString("hex"),
    };
    expect((await desk.visitor().signIn(guess)).status).toBe(401);
    secrets.add("a wrong password", guess.password);
    await crm.get("/api/tokens/canary-path?canary-query=1");
    await crm.get("/tokens/canary-path");
    await crm.send("/api/portals", { headers: { "User-Agent": "canary-agent" } });

    const text = await scrape();
    expect(text).toContain('route="/api/tokens/[id]",method="DELETE",status="2xx"');
    expect(text).toContain('outcome="ok",status="2xx"');
    expect(secrets.find([{ where: "the metrics", text }])).toEqual([]);
    for (const word of [...canaries, userName, token, "127.0.0.1", "@"]) expect(text).not.toContain(word);
    // Ids of ours, digests, tokens of the portal's, and whatever else is signed or drawn by lot.
    expect(text).not.toMatch(
      /\b(tok|con|op|ses|own|req)_[a-z2-7]{8}|[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-|eyJ|v1\./i,
    );
  });

  /** Each combination of labels that there is, without their values' samples. */
  const seriesOf = (text: string) =>
    text.split("\n").flatMap((line) => /^tokendesk_http\w+\{[^}]*\}/.exec(line)?.[0] ?? []);

  // Each path would be a series of its own, until neither the desk nor Prometheus has any memory left.
  test("has no more series for all the paths and methods that somebody makes up", async () => {
    const visitor = desk.visitor();
    const wrong = (at: number) => [
      `/api/x${at}`,
      `/x${at}`,
      `/x${at}.css`,
      `/api/tokens/x${at}`,
      `/_next/static/x${at}`,
    ];
    const askAll = async (from: number, to: number) => {
      for (let at = from; at < to; at += 1)
        await Promise.all(wrong(at).map((made) => visitor.send(made, { method: at % 2 ? "GET" : "POST" })));
    };
    await askAll(0, 2);
    const before = new Set(seriesOf(await scrape()));
    await askAll(2, 200);
    for (const method of ["PROPFIND", "MKCOL", "LOCK"]) await rawRequest(desk.port, "/", { method });
    const after = seriesOf(await scrape()).filter((series) => !before.has(series));
    expect(after).toEqual(after.filter((series) => series.includes('method="other"')));
    expect(after.length).toBeLessThan(2);
    expect(before.size).toBeLessThan(1_000);
  });

  // Node tells nothing of what waits on a connection that goes: kept for good, they would be all of the memory one day.
  test("counts hundreds that came in one packet, also where it cuts them off", async () => {
    const many = 500;
    const seen = async () => {
      const lines = (await scrape())
        .split("\n")
        .filter((line) => /^tokendesk_http_requests_total/.test(line));
      return lines
        .filter((line) => !line.includes('route="/api/metrics"'))
        .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    };
    const before = await seen();
    await rawBytes(desk.port, `GET /api/x HTTP/1.1\r\nHost: 127.0.0.1:${desk.port}\r\n\r\n`.repeat(many));
    await expect.poll(seen).toBe(before + many);
  });

  // An attacker on the same address would shut Prometheus out, and nobody would be woken by what they do next.
  test("answers wrong tokens for a while only, and the right one whatever was tried before", async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 700 && statuses.at(-1) !== 429; at += 1)
      statuses.push((await rawRequest(desk.port, path, { headers: bearer(`guess-${at}`) })).status);
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.length).toBeGreaterThan(60);
    expect(await scrape()).toContain("tokendesk_ready 1");
    expect(desk.output()).not.toContain(token);
  });
});

describe("scrapes of a desk that stands by", () => {
  beforeAll(() => {
    log().level = "silent";
    startMetrics("1.2.3");
  });
  afterAll(() => forget("metrics"));

  test.each<[string, Record<string, string>, number]>([
    ["the token", bearer(token), 200],
    ["another", bearer(`${token}x`), 401],
    ["the token from another site", { ...bearer(token), "Sec-Fetch-Site": "cross-site" }, 403],
    ["nothing from another site", { "Sec-Fetch-Site": "same-site" }, 403],
  ])("are let in by one that stands by as by one at work: %s", async (_what, headers, status) => {
    const env = readEnv({ NODE_ENV: "test", TOKENDESK_METRICS_TOKEN: token });
    const answer = await scrapeOfStandby(env, new Headers(headers));
    expect(answer.status).toBe(status);
    expect(answer.headers.get("www-authenticate")).toBe(status === 401 ? 'Bearer realm="metrics"' : null);
    expect((await answer.text()).includes("tokendesk_standby 1")).toBe(status === 200);
  });
});
