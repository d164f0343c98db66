"use client";

import { clsx } from "clsx";
import { Search } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { openPalette } from "./palette-state";
import { dailyPlaces, isAt, sessionsPlace } from "./places";
import { UserMenu } from "./user-menu";

const itemClass =
  "flex h-14 w-full flex-col items-center justify-center gap-1 rounded text-2xs transition-colors focus-visible:-outline-offset-2";

/** The navigation on a phone, at the thumb. */
export function TabBar() {
  const pathname = usePathname();
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-40 border-line-strong border-t bg-surface/95 pb-[env(safe-area-inset-bottom)] backdrop-blur md:hidden"
      id="tabs"
      tabIndex={-1}
    >
      <ul className="mx-auto grid max-w-lg grid-cols-5">
        {dailyPlaces.map((place) => {
          const current = isAt(pathname, place);
          const Icon = place.icon;
          return (
            <li key={place.href}>
              <Link
                aria-current={current ? "page" : undefined}
                className={clsx(itemClass, current ? "font-medium text-accent-text" : "text-ink-soft")}
                href={place.href}
                prefetch={false}
              >
                <Icon aria-hidden className="size-5" strokeWidth={1.6} />
                {place.title}
              </Link>
            </li>
          );
        })}
        <li>
          <button className={clsx(itemClass, "text-ink-soft")} onClick={openPalette} type="button">
            <Search aria-hidden className="size-5" strokeWidth={1.6} />
            Find
          </button>
        </li>
        <li>
          <UserMenu compact here={isAt(pathname, sessionsPlace)} />
        </li>
      </ul>
    </nav>
  );
}
