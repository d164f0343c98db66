import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ApiError, api, onSessionEnded } from "@/lib/browser/api";
import { problemWords, wordsForCode } from "@/lib/browser/problem-words";
import type { Problem } from "@/lib/contracts/problem";

/* The wrapper against a real server; only the address, which a browser would add, is put in front. */

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let answer: Answer;
let seen: IncomingMessage | undefined;
const realFetch = globalThis.fetch;

beforeAll(async () => {
  server = createServer((request, response) => {
    seen = request;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubGlobal("fetch", (path: string, init: RequestInit) =>
    realFetch(`http://127.0.0.1:${port}${path}`, init),
  );
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await new Promise((resolve) => server.close(resolve));
});
afterEach(() => {
  seen = undefined;
});

function problem(code: string, status: number, more: Partial<Problem> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/problem+json" });
    response.end(
      JSON.stringify({ type: "about:blank", title: "Title", status, code, instance: "req_1", ...more }),
    );
  };
}

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error("expected an ApiError");
  return error;
}

describe("api", () => {
  it("sends and reads JSON", async () => {
    answer = (_request, response) => response.end('{"ok":true}');
    expect(await api("/api/x", { method: "POST", body: { a: 1 } })).toEqual({ ok: true });
    expect(seen?.headers["content-type"]).toBe("application/json");
    expect(seen?.headers["tokendesk-background"]).toBeUndefined();
  });

  it("has no body and no content type where there is nothing to send, and takes 204", async () => {
    answer = (_request, response) => response.writeHead(204).end();
    expect(await api("/api/x", { method: "DELETE" })).toBeUndefined();
    expect(seen?.headers["content-type"]).toBeUndefined();
  });

  it("says when nobody asked, so that a timer keeps no session alive", async () => {
    answer = (_request, response) => response.end("{}");
    await api("/api/x", { background: true });
    expect(seen?.headers["tokendesk-background"]).toBe("1");
  });

  it("throws the problem's code", async () => {
    answer = problem("step_up_required", 403, { connectionId: "con_1" });
    const error = await failureOf(api("/api/x"));
    expect([error.code, error.status, error.problem?.connectionId]).toEqual([
      "step_up_required",
      403,
      "con_1",
    ]);
  });

  it("does not trust an answer that is not ours", async () => {
    answer = (_request, response) => response.writeHead(502).end("<h1>Bad gateway</h1>");
    expect((await failureOf(api("/api/x"))).code).toBe("not_understood");
    answer = (_request, response) => response.writeHead(200).end("<h1>Sign in to the Wi-Fi</h1>");
    expect((await failureOf(api("/api/x"))).code).toBe("not_understood");
  });

  it("calls it the network where no answer came", async () => {
    answer = (request) => request.socket.destroy();
    expect((await failureOf(api("/api/x"))).code).toBe("network");
  });

  it("passes an abort on as an abort", async () => {
    answer = () => undefined;
    const abort = new AbortController();
    const call = api("/api/x", { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toThrow(/abort/i);
  });

  it("tells of the session's end once for each answer, and of nothing else", async () => {
    const ended = vi.fn();
    const stop = onSessionEnded(ended);
    answer = problem("session_ended", 401);
    await failureOf(api("/api/x"));
    answer = problem("connection_ended", 401);
    await failureOf(api("/api/x"));
    answer = problem("invalid_credentials", 401);
    await failureOf(api("/api/x"));
    expect(ended).toHaveBeenCalledTimes(1);
    stop();
  });
});

describe("problemWords", () => {
  it("never repeats the text of an answer", async () => {
    // What stands there may come from whatever is between the browser and the desk.
    answer = problem("portal_refused", 403, { title: "canary-title", detail: "canary-detail" });
    expect(JSON.stringify(problemWords(await failureOf(api("/api/x"))))).not.toContain("canary");
  });

  const refused = (code: "throttled" | "portal_limited" | "portal_unavailable", facts: object = {}) =>
    problemWords(
      new ApiError(code, 429, {
        type: "about:blank",
        title: "",
        status: 429,
        code,
        instance: "req_1",
        ...facts,
      }),
    );

  it("says when to try again, in words and as what can be counted down", () => {
    expect(refused("throttled", { retryAfter: 12 })).toMatchObject({
      next: "Try again in 12 s.",
      wait: { besides: "", seconds: 12 },
    });
    expect(refused("throttled", { retryAfter: 90 }).next).toBe("Try again in 1 min 30 s.");
    // At once is soon: nothing counts down from nothing.
    expect(refused("throttled", { retryAfter: 0 }).wait).toEqual({ besides: "", seconds: 1 });
    const away = refused("portal_unavailable", { retryAfter: 5 });
    expect(away.wait?.besides).toContain("revocations under way go on by themselves");
    expect(away.next).toBe(`${away.wait?.besides} Try again in 5 s.`);
    expect(refused("portal_unavailable").wait).toBeUndefined();
  });

  it("blames the portal for no limit of our own, nor itself for the portal's pause", () => {
    expect(refused("portal_limited").title).toBe("The portal asks us to slow down");
    expect(refused("portal_limited", { trouble: "own_limit" }).title).toContain("The desk has made as many");
    expect(wordsForCode("portal_limited").title).toBe("Calls to the portal are on hold");
  });

  it("has words for what it does not know", () => {
    expect(problemWords(new Error("x")).title).toBe("Something went wrong");
    expect(problemWords(new ApiError("toString" as never, 500)).title).toBe("Something went wrong");
  });
});
