"use client";

import { Banner } from "@/components/ui/banner";
import { Skeleton } from "@/components/ui/skeleton";
import { StatusDot } from "@/components/ui/status-dot";
import { usePeople } from "@/lib/browser/people";
import { problemWords } from "@/lib/browser/problem-words";
import type { Person } from "@/lib/contracts/people";

/** The users whom the portal lets this connection manage. Asked for when somebody looks: it costs a call to the portal. */
export function PeopleList({ connectionId, userId }: { connectionId: string; userId?: string }) {
  const { data, error } = usePeople();
  if (error) {
    const words = problemWords(error);
    return (
      <Banner title={words.title} tone="warn">
        {words.next}
      </Banner>
    );
  }
  if (!data) return <Skeleton className="h-16 w-full" />;
  const people = data.items.filter(
    (person) => person.connectionId === connectionId && person.userId !== userId,
  );
  if (people.length === 0)
    return <p className="text-ink-soft text-sm">The portal shows nobody below this user.</p>;
  return (
    <ul className="grid gap-x-6 gap-y-2 sm:grid-cols-2 xl:grid-cols-3">
      {people.map((person) => (
        <OnePerson key={person.userId} person={person} />
      ))}
    </ul>
  );
}

function OnePerson({ person }: { person: Person }) {
  return (
    <li className="min-w-0">
      <p className="truncate text-sm">{person.userName}</p>
      <p className="flex items-center gap-2 text-ink-faint text-xs">
        {person.fullName ? <span className="truncate">{person.fullName}</span> : null}
        {person.enabled ? null : (
          <StatusDot shape="ring" tone="neutral">
            disabled in the portal
          </StatusDot>
        )}
      </p>
    </li>
  );
}
