"use client";

import Link from "next/link";
import { StatusDot } from "@/components/ui/status-dot";
import { usePortalName } from "@/lib/browser/portals";
import { useSession } from "@/lib/browser/session";

/** Which portal users are connected, and whether the portal still knows them. */
export function ConnectionStates() {
  const { data: session } = useSession();
  const portalName = usePortalName();
  if (!session) return null;
  const ended = session.connections.filter((connection) => connection.state === "ended").length;
  return (
    <section aria-label="Connected portal users">
      <h2 className="px-2.5 pb-1.5 text-ink-faint text-xs max-xl:sr-only">API users</h2>
      <ul className="hidden gap-0.5 xl:grid">
        {session.connections.map((connection) => (
          <li className="min-w-0" key={connection.id}>
            <Link className="block rounded px-2.5 py-1 hover:bg-hover" href="/connections" prefetch={false}>
              <StatusDot
                className="max-w-full text-ink-soft text-xs"
                hideWord
                shape={connection.state === "live" ? "full" : "cross"}
                tone={connection.state === "live" ? "good" : "danger"}
              >
                {connection.state === "live" ? "Connected" : "Ended"}
              </StatusDot>
              <span className="ml-1.5 inline-block max-w-[9.75rem] truncate align-bottom text-ink text-xs">
                {connection.userName}
              </span>
              <span className="block truncate pl-3.5 text-2xs text-ink-faint">
                {connection.state === "ended" ? (
                  <span className="text-danger">Signed out by the portal</span>
                ) : (
                  portalName(connection.portal)
                )}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {ended > 0 ? (
        <Link
          aria-label={`${ended} ended ${ended === 1 ? "connection" : "connections"}`}
          className="mx-auto flex size-9 items-center justify-center rounded bg-danger-soft text-danger text-xs xl:hidden"
          href="/connections"
          prefetch={false}
        >
          {ended}
        </Link>
      ) : null}
    </section>
  );
}
