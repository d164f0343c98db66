import { describe, expect, test } from "vitest";
import { networkOf } from "@/lib/server/network";

/** Whoever has a network of IPv6 would otherwise be somebody else with each request. */
describe("a network", () => {
  test.each([
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2:3::", "2001:db8:1:2::/64"],
    ["2001:db8::2:0:0:0:1", "2001:db8:0:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
  ])("of %s is %s", (ip, network) => expect(networkOf(ip)).toBe(network));

  test("of IPv4 is the address itself, and so is what is none", () => {
    expect(["192.0.2.1", "unknown", ""].map(networkOf)).toEqual(["192.0.2.1", "unknown", ""]);
  });
});
