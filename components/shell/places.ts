import { History, KeyRound, type LucideIcon, MonitorSmartphone, PlugZap } from "lucide-react";

export type Place = {
  href: "/tokens" | "/connections" | "/audit" | "/sessions";
  title: string;
  icon: LucideIcon;
};

/** Where one can go every day. What does not exist yet is not here. */
export const dailyPlaces: Place[] = [
  { href: "/tokens", title: "Tokens", icon: KeyRound },
  { href: "/connections", title: "Connections", icon: PlugZap },
  { href: "/audit", title: "Audit", icon: History },
];

/** One's own sessions: on a phone, where the bar is full, behind one's own name. */
export const sessionsPlace: Place = { href: "/sessions", title: "Sessions", icon: MonitorSmartphone };

export const places: Place[] = [...dailyPlaces, sessionsPlace];

export function isAt(pathname: string, place: Place): boolean {
  return pathname === place.href || pathname.startsWith(`${place.href}/`);
}
