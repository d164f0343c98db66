import "server-only";
import { isIPv6 } from "node:net";

/** The 16 bits that a part of an IPv6 address stands for, each as one group; a dotted IPv4 end is two. */
const groupsOf = (part: string): string[] =>
  part
    .split(":")
    .filter(Boolean)
    .flatMap((group) => (group.includes(".") ? ["v4", "v4"] : Number.parseInt(group, 16).toString(16)));

/**
 * Whose requests and attempts are counted together. One customer has at least a whole /64 of IPv6 (RFC 6177), and so as
 * many addresses as they care to use: those count as one. An IPv4 address stands for itself.
 */
export function networkOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const [head = "", tail] = (ip.split("%", 1)[0] ?? "").split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
