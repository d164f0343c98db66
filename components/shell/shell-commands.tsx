"use client";

import { usePathname, useRouter } from "next/navigation";
import { useLeaveDesk } from "@/components/session/use-leave-desk";
import { useCommands } from "@/lib/browser/commands";
import { setSingleKeys, useSingleKeys } from "@/lib/browser/preferences";
import { setTheme, useTheme } from "@/lib/browser/theme";
import { openShortcuts } from "./palette-state";
import { places } from "./places";
import { nextTheme, themeNames } from "./theme-switch";
import { TokenCommands } from "./token-commands";

/** What can be done from everywhere. Features add theirs while they are on the page. */
export function ShellCommands() {
  const router = useRouter();
  const pathname = usePathname();
  const theme = useTheme();
  const singleKeys = useSingleKeys();
  const { leave } = useLeaveDesk();
  useCommands([
    ...places
      .filter((place) => pathname !== place.href)
      .map((place) => ({
        id: `go ${place.href}`,
        title: place.title,
        section: "Go to",
        keywords: ["open", "page"],
        run: () => router.push(place.href),
      })),
    // The page itself brings this command while one is on it.
    ...(pathname === "/connections"
      ? []
      : [
          {
            id: "connect",
            title: "Connect another API user",
            section: "Do",
            keywords: ["portal", "add", "account"],
            run: () => router.push("/connections?connect=new"),
          },
        ]),
    {
      id: "theme",
      title: `Switch the theme to ${themeNames[nextTheme(theme)]}`,
      section: "Desk",
      keywords: ["dark", "light", "appearance"],
      run: () => setTheme(nextTheme(theme)),
    },
    {
      id: "shortcuts",
      title: "Keyboard shortcuts",
      section: "Desk",
      keys: "?",
      keywords: ["help", "keys"],
      run: openShortcuts,
    },
    {
      id: "single keys",
      title: singleKeys ? "Switch single-key shortcuts off" : "Switch single-key shortcuts on",
      section: "Desk",
      run: () => setSingleKeys(!singleKeys),
    },
    { id: "sign out", title: "Sign out", section: "Desk", keywords: ["log out", "leave"], run: leave },
  ]);
  return pathname === "/tokens" ? null : <TokenCommands />;
}
