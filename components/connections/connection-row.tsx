"use client";

import { KeyRound, Unplug, Users } from "lucide-react";
import dynamic from "next/dynamic";
import { useId, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { StatusDot } from "@/components/ui/status-dot";
import { Tooltip } from "@/components/ui/tooltip";
import { usePortalName } from "@/lib/browser/portals";
import { useStepUp } from "@/lib/browser/step-up";
import type { Connection } from "@/lib/contracts/sessions";
import { firstLetter } from "@/lib/shared/first-letter";
import { isolate } from "@/lib/shared/isolate";
import { PeopleList } from "./people-list";

const DisconnectDialog = dynamic(() => import("./disconnect-dialog"), { ssr: false });

type ConnectionRowProps = { connection: Connection; isLast: boolean };

export function ConnectionRow({ connection, isLast }: ConnectionRowProps) {
  const portalName = usePortalName();
  const { signInAgain } = useStepUp();
  const [asking, setAsking] = useState(false);
  const [showingPeople, setShowingPeople] = useState(false);
  const peopleId = useId();
  const live = connection.state === "live";
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-3 lg:grid lg:grid-cols-[2.25rem_minmax(0,1fr)_13rem_17rem] border-line border-b px-4 py-3.5 last:border-b-0 sm:px-5">
      <span
        aria-hidden
        className="flex size-9 shrink-0 items-center justify-center rounded-lg border border-accent-line bg-accent-soft font-semibold text-accent-text text-base uppercase"
      >
        {firstLetter(connection.userName)}
      </span>
      <div className="min-w-0 flex-1 basis-44">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="wrap-anywhere font-medium text-base">{connection.userName}</span>
          {connection.lead ? (
            <Tooltip content="The portal lets this user manage others: you see their tokens' records and may revoke them, never copy them.">
              <Badge icon={<Users aria-hidden className="size-3" />} tabIndex={0} tone="accent">
                Lead
              </Badge>
            </Tooltip>
          ) : null}
        </p>
        <p className="truncate text-ink-soft text-sm">
          {connection.fullName ? `${isolate(connection.fullName)} · ` : null}
          <bdi>{portalName(connection.portal)}</bdi>
        </p>
      </div>
      <div className="grid basis-48 gap-0.5 text-xs">
        <StatusDot shape={live ? "full" : "cross"} tone={live ? "good" : "danger"}>
          {live ? "Connected" : "Ended by the portal"}
        </StatusDot>
        <p className="pl-3.5 text-ink-faint">
          <Proof connection={connection} />
        </p>
      </div>
      <div className="flex flex-wrap gap-2 lg:justify-end">
        {live ? null : (
          <Button
            icon={<KeyRound aria-hidden className="size-3.5" />}
            onClick={() => void signInAgain(connection.id)}
            size="sm"
            variant="primary"
          >
            Sign in again
          </Button>
        )}
        {connection.lead && live ? (
          <Button
            aria-controls={peopleId}
            aria-expanded={showingPeople}
            aria-label={`People of ${isolate(connection.userName)}`}
            icon={<Users aria-hidden className="size-3.5" />}
            onClick={() => setShowingPeople(!showingPeople)}
            size="sm"
          >
            People
          </Button>
        ) : null}
        <Button
          aria-label={`Disconnect ${isolate(connection.userName)}`}
          icon={<Unplug aria-hidden className="size-3.5" />}
          onClick={() => setAsking(true)}
          size="sm"
        >
          Disconnect
        </Button>
      </div>
      <div
        className="col-span-full basis-full rounded-lg bg-sunken/60 px-4 py-3"
        hidden={!showingPeople}
        id={peopleId}
      >
        {showingPeople ? <PeopleList connectionId={connection.id} userId={connection.userId} /> : null}
      </div>
      {asking ? (
        <DisconnectDialog connection={connection} isLast={isLast} onClose={() => setAsking(false)} />
      ) : null}
    </li>
  );
}

/** Until when copying goes without a question, and what the question will be. */
function Proof({ connection }: { connection: Connection }) {
  const secret = connection.provedBy === "token" ? "token" : "password";
  if (connection.state === "ended") return `Its ${secret} is needed again`;
  if (!connection.steppedUpUntil) return `Copying asks for its ${secret}`;
  return (
    <>
      {connection.provedBy === "token" ? "Token" : "Password"} asked again{" "}
      <RelativeTime at={connection.steppedUpUntil} />
    </>
  );
}
