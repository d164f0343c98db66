import { describe, expect, test } from "vitest";
import { isOwnHost, isOwnOrigin } from "@/lib/shared/own-host";

const own: [home: string, hosts: string[]][] = [
  [
    "https://desk.example",
    [
      "desk.example",
      "DESK.Example",
      "desk.example:443",
      "desk.example.",
      "Desk.Example.:443",
      "desk.example:",
    ],
  ],
  ["http://desk.example", ["desk.example", "desk.example:80", "desk.example.:80"]],
  ["https://desk.example:8443", ["desk.example:8443", "DESK.example.:8443"]],
  ["http://127.0.0.1:3000", ["127.0.0.1:3000"]],
  ["http://localhost:3000", ["localhost:3000", "LOCALHOST.:3000"]],
  ["http://[::1]:3000", ["[::1]:3000", "[0:0:0:0:0:0:0:1]:3000"]],
  ["https://[2001:db8::a]", ["[2001:DB8::A]", "[2001:db8::a]:443"]],
  ["https://b\u00fccher.example", ["xn--bcher-kva.example", "XN--BCHER-KVA.example."]],
];

describe("the desk's own host", () => {
  test.each(own)("of %s is told in each spelling that a browser may send", (home, hosts) => {
    for (const host of hosts) {
      expect([host, isOwnHost(host, new URL(home))]).toEqual([host, true]);
      const origin = `${new URL(home).protocol}//${host}`;
      expect([origin, isOwnOrigin(origin, new URL(home))]).toEqual([origin, true]);
    }
  });

  // DNS rebinding: a name of the attacker's that points here makes their page same-origin with the desk.
  test.each([
    undefined,
    null,
    "",
    ".",
    ":443",
    "evil.example",
    "desk.example..",
    ".desk.example",
    "desk.example.evil.example",
    "evil.example.desk.example",
    "desk.example:80",
    "desk.example:8443",
    "desk.example:4430",
    "desk.example:443:443",
    "desk.example:99999",
    "desk.example:443x",
    "x@desk.example",
    "desk.example@evil.example",
    "desk.example/",
    "desk.example/x",
    "desk.example?x",
    "desk.example#x",
    "desk.example\\",
    "desk.example, evil.example",
    " desk.example",
    "desk.example\t",
    "%64esk.example",
    "\uff44esk.example",
    "[desk.example]",
    "https://desk.example",
  ])("is not %j", (host) => {
    expect(isOwnHost(host, new URL("https://desk.example"))).toBe(false);
    if (host) expect(isOwnOrigin(`https://${host}`, new URL("https://desk.example"))).toBe(false);
  });

  test("by another scheme it is no origin of the desk's", () => {
    const home = new URL("https://desk.example");
    for (const origin of [
      "http://desk.example",
      "http://desk.example:443",
      "desk.example",
      "null",
      "//desk.example",
    ])
      expect(isOwnOrigin(origin, home)).toBe(false);
  });
});
