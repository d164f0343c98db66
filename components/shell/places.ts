import { History, KeyRound, type LucideIcon, PlugZap } from "lucide-react";

export type Place = { href: "/tokens" | "/connections" | "/audit"; title: string; icon: LucideIcon };

/** Where one can go. What does not exist yet is not here. */
export const places: Place[] = [
  { href: "/tokens", title: "Tokens", icon: KeyRound },
  { href: "/connections", title: "Connections", icon: PlugZap },
  { href: "/audit", title: "Audit", icon: History },
];

export function isAt(pathname: string, place: Place): boolean {
  return pathname === place.href || pathname.startsWith(`${place.href}/`);
}
