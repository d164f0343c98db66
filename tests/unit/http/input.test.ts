import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { signInInput } from "@/lib/contracts/sessions";
import { mintInput } from "@/lib/contracts/tokens";
import { cookieName, expiredCookies, readCookie } from "@/lib/server/auth/cookies";
import { DeskError } from "@/lib/server/errors";
import { bodyLimit, readJson } from "@/lib/server/http/body";
import { parseInput, parseParams, parseQuery } from "@/lib/server/http/parse";

const json = ["application/json"];
const post = (body: BodyInit | null, type?: string) =>
  new Request("http://desk/", { method: "POST", body, headers: type ? { "content-type": type } : {} });
const caught = (run: () => unknown): DeskError => {
  try {
    run();
  } catch (error) {
    if (error instanceof DeskError) return error;
  }
  throw new Error("nothing was refused");
};

describe("a body", () => {
  it("is read as JSON, whatever the type's case and parameters", async () => {
    expect(await readJson(post('{"a":1}', "Application/JSON; charset=utf-8"), json)).toEqual({ a: 1 });
  });

  it("that is not there counts as an empty object", async () => {
    expect(await readJson(new Request("http://desk/", { method: "POST" }), json)).toEqual({});
  });

  // A form can be sent by any site without asking; JSON cannot.
  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/jsonp",
    "",
  ])("of type %j is refused", async (type) => {
    const request = post(new TextEncoder().encode("{}"), type || undefined);
    await expect(readJson(request, json)).rejects.toMatchObject({ code: "unsupported_media_type" });
  });

  it("that is compressed is refused: a small one could unpack into a large one", async () => {
    const request = post("{}", "application/json");
    request.headers.set("content-encoding", "gzip");
    await expect(readJson(request, json)).rejects.toMatchObject({ code: "unsupported_media_type" });
  });

  it("may be 64 kB and not a byte more, counted while it is read", async () => {
    const text = (size: number) => `"${"x".repeat(size - 2)}"`;
    expect(await readJson(post(text(bodyLimit), json[0]), json)).toHaveLength(bodyLimit - 2);
    await expect(readJson(post(text(bodyLimit + 1), json[0]), json)).rejects.toMatchObject({
      code: "too_large",
    });
  });

  it.each(["", "{", "nul", '{"a":1}{', "\u0000"])("that is not JSON is refused: %j", async (text) => {
    await expect(readJson(post(text, json[0]), json)).rejects.toMatchObject({ code: "bad_request" });
  });

  it("that is not UTF-8 is refused", async () => {
    const bytes = new Uint8Array([0x22, 0xff, 0xfe, 0x22]);
    await expect(readJson(post(bytes, json[0]), json)).rejects.toMatchObject({ code: "bad_request" });
  });
});

describe("input", () => {
  it("with an unknown key is refused, naming neither key nor value", () => {
    const { code, facts } = caught(() =>
      parseInput(z.strictObject({ a: z.string() }), { a: "1", "s3cr3t-key": 2 }),
    );
    expect(code).toBe("invalid_input");
    expect(facts.errors).toEqual([{ path: "", message: "Unknown field" }]);
  });

  // A parser that assigns `__proto__` lets a body change what every object of the process has.
  it.each(["__proto__", "constructor", "prototype"])("with %s changes no prototype", (key) => {
    const body = JSON.parse(`{"connectionId":"con_1","label":"x","${key}":{"admin":true}}`);
    expect(caught(() => parseInput(mintInput, body)).code).toBe("invalid_input");
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it("tells which field is wrong, of a choice of forms too, and not what stood in it", () => {
    const { facts } = caught(() =>
      parseInput(signInInput, { portal: "sim", username: "ann", password: 12345678 }),
    );
    expect(facts.errors?.map(({ path }) => path)).toContain("password");
    expect(JSON.stringify(facts)).not.toContain("12345678");
  });

  it("of a path that cannot be an id is a path that does not exist", () => {
    const params = z.object({ id: z.string().regex(/^con_/) });
    expect(caught(() => parseParams(params, { id: "../etc" })).code).toBe("not_found");
  });

  it("of a query has each name once", () => {
    const query = z.strictObject({ q: z.string().optional() });
    expect(parseQuery(query, new URLSearchParams("q=a"))).toEqual({ q: "a" });
    expect(caught(() => parseQuery(query, new URLSearchParams("q=a&q=b"))).code).toBe("invalid_input");
    expect(caught(() => parseQuery(query, new URLSearchParams("debug=1"))).code).toBe("invalid_input");
  });

  it("have no token in them, however it is written, under whatever name", () => {
    const query = z.object({ q: z.string().optional() });
    const bare = randomUUID();
    const value = `aws80:${bare}`;
    for (const text of [
      value,
      bare,
      ` ${value} `,
      value.toUpperCase(),
      `X-Auth-Token: ${value}`,
      `x${bare}`,
      value.replace("-", "\u2013"),
      encodeURIComponent(value),
    ]) {
      expect(caught(() => parseQuery(query, new URLSearchParams({ q: text }))).code).toBe("token_in_query");
      expect(caught(() => parseQuery(query, new URLSearchParams({ [text]: "" }))).code).toBe(
        "token_in_query",
      );
    }
    expect(parseQuery(query, new URLSearchParams({ q: "aws80:" }))).toEqual({ q: "aws80:" });
  });
});

describe("our cookies", () => {
  const https = { url: new URL("https://desk.example") };
  const local = { url: new URL("http://127.0.0.1:3000") };

  it("are bound to the host over https, and to the port over http", () => {
    expect(cookieName(https, "session")).toBe("__Host-tokendesk.session");
    expect(cookieName(local, "session")).toBe("tokendesk.session-3000");
    expect(cookieName({ url: new URL("http://127.0.0.1") }, "csrf")).toBe("tokendesk.csrf-80");
  });

  // next-auth joins cookies of a longer name to the session: a stranger's could be glued to ours.
  it("are read by exactly their name", () => {
    const header = "tokendesk.session-3000.5=junk; tokendesk.session-30001=other; a=b";
    expect(readCookie(header, "tokendesk.session-3000")).toBeUndefined();
    expect(readCookie(`${header}; tokendesk.session-3000=mine`, "tokendesk.session-3000")).toBe("mine");
  });

  it.each([null, "", ";;;", "=", "%", "tokendesk.session-3000=%E0%A4%A", "tokendesk.session-3000"])(
    "are not found in %j",
    (header) => expect(readCookie(header, "tokendesk.session-3000")).toBeUndefined(),
  );

  it("expire with the attributes that they were set with", () => {
    for (const line of expiredCookies(https))
      expect(line).toMatch(/^__Host-.*=; Path=\/; Max-Age=0; .*; Secure$/);
    for (const line of expiredCookies(local)) expect(line).not.toContain("Secure");
  });
});
