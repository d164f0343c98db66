import { describe, expect, it } from "vitest";
import { callerAddress, originOf } from "@/lib/server/auth/caller";
import { readProxies } from "@/lib/server/env/rules";
import { peerHeader } from "@/lib/server/peer";

const proxies = (hops: number, named = "10.0.0.0/8 192.0.2.1") => readProxies(named, hops);

describe("the caller's address", () => {
  // Throttling and the audit trail count by it: a client that can choose it guesses without limit.
  it("is the socket's, whatever the client claims, where no proxy is trusted", () => {
    expect(callerAddress("198.51.100.7, 203.0.113.9", "192.0.2.1", proxies(0))).toBe("192.0.2.1");
  });

  it("is what the trusted proxy saw, not what stood in the header before", () => {
    expect(callerAddress("6.6.6.6, 198.51.100.7", "10.0.0.1", proxies(1))).toBe("198.51.100.7");
    expect(callerAddress("6.6.6.6, 198.51.100.7, 10.0.0.2", "10.0.0.1", proxies(2))).toBe("198.51.100.7");
  });

  it("is the outermost there is when fewer proxies were passed than are trusted", () => {
    expect(callerAddress(null, "192.0.2.1", proxies(2))).toBe("192.0.2.1");
    expect(callerAddress("198.51.100.7", "10.0.0.1", proxies(5))).toBe("198.51.100.7");
  });

  it("is the peer's own where that is no proxy of ours, whatever it claims", () => {
    expect(callerAddress("6.6.6.6", "198.51.100.9", proxies(1))).toBe("198.51.100.9");
    expect(callerAddress("6.6.6.6", "::ffff:10.0.0.1", proxies(1))).toBe("6.6.6.6");
    expect(callerAddress("6.6.6.6", "10.0.0.1", proxies(1, "127.0.0.0/8 ::1"))).toBe("10.0.0.1");
  });

  it("is that of whoever came round the outer proxy, straight to the inner one", () => {
    expect(callerAddress("6.6.6.6, 198.51.100.7", "10.0.0.1", proxies(2))).toBe("198.51.100.7");
  });

  // Some proxies add the port, which is another one with every connection: each try would count as the first.
  it.each([
    ["198.51.100.7:4711", "198.51.100.7"],
    ["[2001:db8::1]:4711", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["::ffff:198.51.100.7", "198.51.100.7"],
    ["::FFFF:c633:6407", "198.51.100.7"],
    ["0:0:0:0:0:ffff:198.51.100.7", "198.51.100.7"],
    ["fe80::1%eth0", "fe80::1"],
  ])("of %s is %s", (entry, address) => expect(callerAddress(entry, "10.0.0.1", proxies(1))).toBe(address));

  it.each(["", "unknown", "_hidden", "evil\r\nx: y", "<script>", "999.1.1.1", "1".repeat(500)])(
    "of %j is unknown",
    (entry) => expect(callerAddress(entry, "10.0.0.1", proxies(1))).toBe("unknown"),
  );
});

describe("where a request comes from", () => {
  it("takes the peer from the private header alone", () => {
    const headers = new Headers({ "x-tokendesk-peer": "6.6.6.6", [peerHeader()]: "192.0.2.1" });
    expect(originOf(headers, proxies(0)).ip).toBe("192.0.2.1");
    expect(originOf(new Headers({ "x-tokendesk-peer": "6.6.6.6" }), proxies(0)).ip).toBe("unknown");
  });

  it("has an id that the scrubber leaves alone, and another one each time", () => {
    const ids = [
      originOf(new Headers(), proxies(0)).requestId,
      originOf(new Headers(), proxies(0)).requestId,
    ];
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^req_[a-z2-7]{26}$/);
  });

  it("keeps 300 characters of the user agent", () => {
    expect(originOf(new Headers({ "user-agent": "x".repeat(5000) }), proxies(0)).userAgent).toHaveLength(300);
  });
});
