"use client";

import { clsx } from "clsx";
import Link, { useLinkStatus } from "next/link";
import { usePathname } from "next/navigation";
import { BrandMark } from "@/components/ui/brand-mark";
import { Spinner } from "@/components/ui/spinner";
import { Tooltip } from "@/components/ui/tooltip";
import { ConnectionStates } from "./connection-states";
import { PaletteButton } from "./palette-button";
import { isAt, type Place, places } from "./places";
import { ThemeSwitch } from "./theme-switch";
import { UserMenu } from "./user-menu";

/** The navigation on wide screens; between a tablet and a laptop it is a rail of icons. */
export function Sidebar() {
  const pathname = usePathname();
  return (
    <header className="top-0 hidden h-dvh flex-col border-line border-r bg-surface md:sticky md:col-start-1 md:row-start-1 md:flex">
      <Link
        aria-label="Tokendesk, to the tokens"
        className="mx-2 mt-3 mb-2.5 flex h-9 items-center gap-2.5 rounded px-2.5 xl:mx-2.5"
        href="/tokens"
        prefetch={false}
      >
        <BrandMark className="size-[1.375rem] text-accent" />
        <span className="hidden font-semibold text-base tracking-[-0.015em] xl:inline">Tokendesk</span>
      </Link>
      <div className="px-2 xl:px-2.5">
        <PaletteButton />
      </div>
      <nav aria-label="Main" className="mt-3 px-2 xl:px-2.5" id="navigation" tabIndex={-1}>
        <ul className="grid gap-0.5">
          {places.map((place) => (
            <li key={place.href}>
              <NavLink current={isAt(pathname, place)} place={place} />
            </li>
          ))}
        </ul>
      </nav>
      <div className="min-h-0 flex-1 overflow-y-auto px-2 pt-5 xl:px-2.5">
        <ConnectionStates />
      </div>
      <div className="flex flex-col gap-1 border-line border-t p-2 xl:flex-row xl:items-center">
        <UserMenu />
        <ThemeSwitch />
      </div>
    </header>
  );
}

function NavLink({ place, current }: { place: Place; current: boolean }) {
  const Icon = place.icon;
  return (
    <Tooltip content={place.title} describes={false} side="right" when="(width < 80rem)">
      <Link
        aria-current={current ? "page" : undefined}
        className={clsx(
          "relative flex h-8 items-center gap-2.5 rounded px-2.5 text-sm transition-colors max-xl:h-9 max-xl:justify-center max-xl:px-0 pointer-coarse:h-11",
          current ? "bg-press font-medium text-ink" : "text-ink-soft hover:bg-hover hover:text-ink",
        )}
        href={place.href}
        prefetch={false}
      >
        <Icon
          aria-hidden
          className={clsx("size-4 shrink-0", current && "text-accent-text")}
          strokeWidth={1.75}
        />
        <span className="flex-1 max-xl:sr-only">{place.title}</span>
        <Pending />
      </Link>
    </Tooltip>
  );
}

/** Shows that the page is on its way, once that takes longer than a blink. */
function Pending() {
  const { pending } = useLinkStatus();
  if (!pending) return null;
  return (
    <Spinner className="opacity-70 transition-opacity delay-200 starting:opacity-0 max-xl:absolute max-xl:top-1 max-xl:right-1 max-xl:size-2.5" />
  );
}
