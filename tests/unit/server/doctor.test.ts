import { describe, expect, test } from "vitest";
import type { DeskAddress } from "../../../scripts/desk-address";
import type { Heard } from "../../../scripts/doctor/ask";
import { endsSoon } from "../../../scripts/doctor/ask";
import { nearest } from "../../../scripts/doctor/configuration";
import { isNear } from "../../../scripts/doctor/database-server";
import { bad, but, duration, good, printed, summaryOf, unseen } from "../../../scripts/doctor/finding";
import { checkResident } from "../../../scripts/doctor/running";

describe("the summary", () => {
  test.each([
    [[good("x")], "Nothing to mend.", 0],
    [[good("x"), but("x"), unseen("y")], "Nothing to mend, 1 remark, 1 not looked at.", 0],
    [[bad("x"), but("x"), but("x")], "1 fault to mend, 2 remarks.", 1],
    [[bad("x"), bad("x")], "2 faults to mend.", 1],
  ])("of %j", (findings, words, code) => {
    expect(summaryOf(findings)).toEqual({ words, code });
  });
});

test.each([
  ["TOKENDESK_ALOW", "TOKENDESK_ALLOW"],
  ["tokendesk_url", "TOKENDESK_URL"],
  ["TOKENDESK_SOMETHING_ELSE", undefined],
])("%s is taken for %s", (name, meant) => {
  expect(nearest(name, ["TOKENDESK_URL", "TOKENDESK_ALLOW", "TOKENDESK_ADMINS"])).toBe(meant);
});

test.each([
  [1_000, "1 second"],
  [119_000, "2 minutes"],
  [3_600_000, "60 minutes"],
  [13 * 86_400_000, "13 days"],
])("%i ms are %s", (ms, words) => {
  expect(duration(ms)).toBe(words);
});

// Names, sealed copies and whatever a desk reads go over that way.
test.each([
  ["postgres://desk@127.0.0.1/desk", true],
  ["postgres://desk@localhost/desk", true],
  ["postgres:///desk?host=/run/postgresql", true],
  ["postgres://desk@%2Frun%2Fpostgresql/desk", true],
  ["postgres://desk@[::1]:5432/desk", true],
  ["postgres://desk@10.0.0.5/desk", false],
  ["postgres://desk@db.example/desk", false],
  ["postgres://desk@127.0.0.1/desk?host=db.example", false],
])("the way to %s stays on this machine: %s", (url, near) => {
  expect(isNear(url)).toBe(near);
});

test("a certificate ends soon in its last two weeks", () => {
  const now = Date.UTC(2026, 10, 27);
  const day = 86_400_000;
  expect([undefined, now + 15 * day, now + 13 * day].map((end) => endsSoon(end, now))).toEqual([
    undefined,
    undefined,
    13 * day,
  ]);
});

test("a desk that is not ready, or stands by, is told as that", async () => {
  const address = { host: "0.0.0.0", port: 3000 } as DeskAddress;
  const said = async (ready: Partial<Heard> | undefined) =>
    (await checkResident(address, { resident: "desk", ready: ready as Heard }, true))[0];
  expect(await said({ status: 200 })).toEqual(good("a desk runs at 127.0.0.1:3000, and is ready"));
  expect(await said({ status: 503, text: '{"code":"standby"}' })).toMatchObject({
    mark: "✓",
    words: expect.stringContaining("stands by"),
  });
  for (const ready of [{ status: 503, text: '{"code":"store_unavailable"}' }, undefined])
    expect(await said(ready)).toMatchObject({
      mark: "✗",
      words: expect.stringContaining("is not ready: the line"),
    });
});

test("what is to be set stands in lines of its own", () => {
  expect(printed(bad("Wrong. Set:", "nginx: a;", "Caddy: b"))).toBe(
    "  ✗ Wrong. Set:\n      nginx: a;\n      Caddy: b\n",
  );
});

// What a proxy says could write over the lines before it, or a ticket's reader be shown them in another order.
test("what would move a terminal's cursor, or turn a line, is not printed", () => {
  const printedOf = printed(bad("a\x1b[2Jb\rc\u009bd\u202ee\nf\u2028g\u061ch", "x\u2066y\x07"));
  expect(printedOf).toBe("  ✗ a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg\uFFFDh\n      x\uFFFDy\uFFFD\n");
});
