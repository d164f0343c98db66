import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scrub } from "@/lib/server/scrub";
import { composeCopy } from "@/lib/server/services/tokens/compose-copy";
import { postgresDialect } from "@/lib/server/store/postgres";
import { tokenHint } from "@/lib/shared/token-hint";

describe("a hint", () => {
  test.each([
    ["aws80:c2353445-bc74-af1a-2850-1d55a371c0a9", "aws80:c235…c0a9"],
    ["baf522ee-5d42-457a-a18d-7b8500eeb573", "baf5…b573"],
    ["short", "… (5)"],
    ["x:short", "x:… (5)"],
    ["", "… (0)"],
    [`${"p".repeat(17)}:${"v".repeat(20)}`, "pppp…vvvv"],
    [":starts-with-a-colon-here", ":sta…here"],
  ])("of %s is %s", (value, shown) => {
    expect(tokenHint(value)).toBe(shown);
  });

  test("shows at most prefix and eight characters of any value, and nothing that cannot be stored", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (value) => {
        const text = tokenHint(value);
        expect(text.length).toBeLessThanOrEqual(17 + 9);
        expect(text).toMatch(/^[^\p{Cc}\p{Cs}]*$/u);
        if (value.length >= 40) expect(text).not.toContain(value);
      }),
    );
  });
});

describe("the scrubber", () => {
  const token = `aws80:${randomUUID()}`;
  test.each([
    ["alone", token],
    ["in a URL", `https://portal.example/api/v1/admin/token/${token}`],
    ["URL-encoded", `/token/${encodeURIComponent(token)}`],
    ["in JSON", JSON.stringify({ error: { headers: { "X-Auth-Token": token } } })],
    ["in capitals", token.toUpperCase()],
    ["in a stack", `Error: ${token}\n    at call (/x.js:1:2)`],
    ["bare", token.slice(6)],
    ["twice", `${token} and ${token}`],
    ["without a gap", `x${token}y`],
  ])("masks a credential %s", (_, text) => {
    const shown = scrub(text);
    expect(shown).toContain("[masked]");
    expect(shown.toLowerCase()).not.toContain(token.slice(6).toLowerCase());
  });

  test.each(["postgres://desk:%s@127.0.0.1:1/db", "postgres://127.0.0.1:1/db?user=desk&password=%s"])(
    "knows the database's password, wherever the URL has it: %s",
    (url) => {
      const password = `A-${randomBytes(6).toString("hex")}`;
      postgresDialect(url.replace("%s", password.replace("-", "%2D")));
      expect(scrub(`trouble: ${password}`)).toBe("trouble: [masked]");
    },
  );

  test("leaves our own ids and ordinary text alone", () => {
    const text = 'ses_abcdefghijklmnopqrstuvwxyz tok_abcdefghijklmnopqrstuvwxyz 12345678-1234 {"ms":12}';
    expect(scrub(text)).toBe(text);
  });

  test("takes no longer for text that is made to hold it up", () => {
    // A catastrophic pattern would let anybody stop the desk with one log line.
    const started = performance.now();
    scrub(`${"a".repeat(100_000)}:${"0".repeat(100_000)}-${"a1b2c3d4-".repeat(20_000)}`);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("what Copy composes", () => {
  const base = "https://portal.vacd.biz/api";
  const token = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
  test("is what the guide shows", () => {
    expect(composeCopy(token, "raw", base)).toBe(token);
    expect(composeCopy(token, "header", base)).toBe(`X-Auth-Token: ${token}`);
    expect(composeCopy(token, "env", base)).toBe(`RINGCX_API_TOKEN=${token}`);
    expect(composeCopy(token, "curl", base)).toBe(`curl -H 'X-Auth-Token: ${token}' ${base}/v1/admin/users`);
  });

  test("a token of an unforeseen form runs nothing in the shell that it is pasted into", () => {
    const evil = "a'; rm -rf ~; echo '$(id)`id`";
    expect(composeCopy(evil, "env", base)).toBe(`RINGCX_API_TOKEN='a'\\''; rm -rf ~; echo '\\''$(id)\`id\`'`);
    expect(composeCopy("$HOME", "curl", base)).toBe(`curl -H 'X-Auth-Token: $HOME' ${base}/v1/admin/users`);
  });

  test("is one word to a shell, whatever the token", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const word = composeCopy(value, "env", base).slice("RINGCX_API_TOKEN=".length);
        const read = word.startsWith("'") ? word.slice(1, -1).replaceAll(`'\\''`, "'") : word;
        expect(read).toBe(value);
        if (!word.startsWith("'")) expect(word).toMatch(/^[\w:@./-]+$/);
      }),
    );
  });
});
