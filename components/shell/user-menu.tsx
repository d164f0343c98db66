"use client";

import { clsx } from "clsx";
import { ChevronsUpDown, CircleUserRound, Keyboard, LogOut, Monitor, Moon, Sun } from "lucide-react";
import { useLeaveDesk } from "@/components/session/use-leave-desk";
import { Kbd } from "@/components/ui/kbd";
import { Menu } from "@/components/ui/menu";
import { usePortalName } from "@/lib/browser/portals";
import { useSession } from "@/lib/browser/session";
import { setTheme, useTheme } from "@/lib/browser/theme";
import { firstLetter } from "@/lib/shared/first-letter";
import { isolate } from "@/lib/shared/isolate";
import { openShortcuts } from "./palette-state";
import { sessionsPlace } from "./places";

type UserMenuProps = {
  compact?: boolean;
  /** The page that shows is one of those in it. */
  here?: boolean;
};

/** Who is signed in, where else, and the way out. */
export function UserMenu({ compact = false, here = false }: UserMenuProps) {
  const { data: session } = useSession();
  const portalName = usePortalName();
  const theme = useTheme();
  const { leave, leaving } = useLeaveDesk();
  if (!session) return null;
  const { user } = session;
  const name = user.fullName ?? user.userName;
  const sections = [
    {
      label: "Theme",
      items: [
        {
          id: "system",
          label: "As the system",
          icon: <Monitor className="size-4" />,
          choice: "system" as const,
        },
        { id: "light", label: "Light", icon: <Sun className="size-4" />, choice: "light" as const },
        { id: "dark", label: "Dark", icon: <Moon className="size-4" />, choice: "dark" as const },
      ].map(({ choice, ...item }) => ({
        ...item,
        checked: theme === choice,
        onSelect: () => setTheme(choice),
      })),
    },
    {
      items: [
        {
          id: "sessions",
          label: sessionsPlace.title,
          icon: <sessionsPlace.icon className="size-4" />,
          href: sessionsPlace.href,
        },
        {
          id: "keys",
          label: "Keyboard shortcuts",
          icon: <Keyboard className="size-4" />,
          keys: <Kbd>?</Kbd>,
          onSelect: openShortcuts,
        },
        {
          id: "leave",
          label: leaving ? "Signing out…" : "Sign out",
          icon: <LogOut className="size-4" />,
          onSelect: leave,
        },
      ],
    },
  ];
  const header = (
    <>
      <p className="truncate font-medium text-sm">{name}</p>
      {user.fullName ? <p className="truncate text-ink-faint text-xs">{user.userName}</p> : null}
      <p className="truncate text-ink-faint text-xs">
        <bdi>{portalName(user.portal)}</bdi>
        {session.admin ? " · desk admin" : ""}
      </p>
    </>
  );
  return (
    <Menu
      align={compact ? "end" : "start"}
      header={header}
      label={`Signed in as ${isolate(name)}`}
      sections={sections}
      side="top"
      trigger={
        compact ? <CompactTrigger here={here} /> : <WideTrigger name={name} userName={user.userName} />
      }
    />
  );
}

function CompactTrigger({ here, ...props }: React.ComponentProps<"button"> & { here: boolean }) {
  return (
    <button
      {...props}
      className={clsx(
        "flex h-14 w-full flex-col items-center justify-center gap-1 rounded text-2xs focus-visible:-outline-offset-2",
        here ? "font-medium text-accent-text" : "text-ink-soft",
      )}
      type="button"
    >
      <CircleUserRound aria-hidden className="size-5" strokeWidth={1.6} />
      You
    </button>
  );
}

type WideTriggerProps = React.ComponentProps<"button"> & { name: string; userName: string };

function WideTrigger({ name, userName, ...props }: WideTriggerProps) {
  return (
    <button
      {...props}
      aria-label={`You: ${isolate(name)}`}
      className="flex h-10 min-w-0 flex-1 items-center gap-2.5 rounded px-1.5 text-left transition-colors hover:bg-hover data-popup-open:bg-hover max-xl:flex-none max-xl:justify-center max-xl:px-0"
      type="button"
    >
      <span
        aria-hidden
        className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft font-semibold text-accent-text text-xs uppercase"
      >
        {firstLetter(name)}
      </span>
      <span className="min-w-0 flex-1 max-xl:hidden">
        <span className="block truncate font-medium text-ink text-xs">{name}</span>
        {name === userName ? null : (
          <span className="block truncate text-2xs text-ink-faint">{userName}</span>
        )}
      </span>
      <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-ink-faint max-xl:hidden" />
    </button>
  );
}
