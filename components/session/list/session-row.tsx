"use client";

import { LogOut, type LucideIcon, Monitor, Smartphone, SquareTerminal } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { RelativeTime, useNow } from "@/components/ui/relative-time";
import { StatusDot } from "@/components/ui/status-dot";
import { usePortalName } from "@/lib/browser/portals";
import type { SessionItem } from "@/lib/contracts/sessions";
import { isolate } from "@/lib/shared/isolate";
import { useLeaveDesk } from "../use-leave-desk";
import { endButtonId, sessionName } from "./session-words";

const icons: Record<SessionItem["device"]["kind"], LucideIcon> = {
  computer: Monitor,
  phone: Smartphone,
  program: SquareTerminal,
};

/** The desk notes once a minute that somebody is there. */
const activeMs = 2 * 60_000;

type SessionRowProps = { item: SessionItem; onEnd: () => void };

export function SessionRow({ item, onEnd }: SessionRowProps) {
  const portalName = usePortalName();
  const { user, device, own } = item;
  const Icon = icons[device.kind];
  const actsFor = item.connections.filter(
    ({ portal, userName }) => portal !== user.portal || userName !== user.userName,
  );
  return (
    <li className="grid grid-cols-[2.25rem_minmax(0,1fr)] items-start gap-x-4 gap-y-2.5 border-line border-b px-4 py-3.5 last:border-b-0 sm:grid-cols-[2.25rem_minmax(0,1fr)_auto] sm:px-5 lg:grid-cols-[2.25rem_minmax(0,1fr)_18rem_7.5rem] lg:items-center">
      <span
        aria-hidden
        className="flex size-9 items-center justify-center rounded-lg border border-line bg-sunken text-ink-soft"
      >
        <Icon className="size-4.5" strokeWidth={1.6} />
      </span>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="wrap-anywhere font-medium text-base">{own ? device.name : user.userName}</span>
          {item.current ? <Badge tone="accent">This browser</Badge> : null}
        </p>
        <p className="text-ink-soft text-sm">
          {own ? null : (
            <>
              {user.fullName ? `${isolate(user.fullName)} · ` : null}
              <bdi>{portalName(user.portal)}</bdi> · {device.name}
              <br />
            </>
          )}
          Signed in <RelativeTime at={item.startedAt} /> from{" "}
          {item.ip === "unknown" ? (
            "an unknown address"
          ) : (
            <span className="font-mono text-xs">{item.ip}</span>
          )}
        </p>
        {actsFor.length > 0 ? (
          <p className="mt-0.5 break-words text-ink-faint text-xs">
            Acts for {actsFor.map(({ userName }) => isolate(userName)).join(", ")}, too
          </p>
        ) : null}
      </div>
      <Times item={item} />
      <div className="col-start-2 flex sm:col-start-3 sm:row-start-1 lg:col-start-4 lg:justify-end">
        {item.current ? (
          <SignOutButton />
        ) : (
          <Button aria-label={`End ${sessionName(item)}`} id={endButtonId(item)} onClick={onEnd} size="sm">
            End session
          </Button>
        )}
      </div>
    </li>
  );
}

/** When it was used last, and when it ends by itself. */
function Times({ item }: { item: SessionItem }) {
  const now = useNow();
  const { lastActiveAt, idleExpiresAt, expiresAt } = item;
  const active = item.current || now - Date.parse(lastActiveAt) < activeMs;
  const over = Date.parse(idleExpiresAt) <= now;
  return (
    <div className="col-start-2 grid gap-0.5 text-xs lg:col-start-3">
      <StatusDot shape={active && !over ? "full" : "ring"} tone={active && !over ? "good" : "neutral"}>
        {active ? (
          "Active now"
        ) : (
          <>
            Active <RelativeTime at={lastActiveAt} />
          </>
        )}
      </StatusDot>
      <p className="pl-3.5 text-ink-faint">
        {over ? (
          "Has ended by itself"
        ) : idleExpiresAt === expiresAt ? (
          <>
            Ends <RelativeTime at={expiresAt} />
          </>
        ) : (
          <>
            Ends when idle <RelativeTime at={idleExpiresAt} />, at the latest <RelativeTime at={expiresAt} />
          </>
        )}
      </p>
    </div>
  );
}

function SignOutButton() {
  const { leave, leaving } = useLeaveDesk();
  return (
    <Button busy={leaving} icon={<LogOut aria-hidden className="size-3.5" />} onClick={leave} size="sm">
      Sign out
    </Button>
  );
}
