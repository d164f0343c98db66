"use client";

import { type KeyboardEvent, useRef, useState } from "react";
import { StatCard } from "@/components/ui/stat-card";
import type { Tone } from "@/components/ui/status-dot";
import type { TokenCounts } from "@/lib/contracts/tokens";
import type { View } from "@/lib/shared/token-table/views";
import { viewWords } from "../token-words";

const cards: { view: View; count: keyof TokenCounts; tone: Tone }[] = [
  { view: "active", count: "active", tone: "good" },
  { view: "unclaimed", count: "unclaimed", tone: "warn" },
  { view: "expiring", count: "expiringSoon", tone: "warn" },
  { view: "overdue", count: "overdue", tone: "danger" },
  { view: "revoked-lately", count: "revokedLately", tone: "neutral" },
];

type StatCardsProps = {
  /** Absent while no portal has answered. */
  counts?: TokenCounts;
  view: View;
  onView: (view: View) => void;
};

/** What there is, and a press shows it. One stop for Tab; arrows go from card to card. */
export function StatCards({ counts, view, onView }: StatCardsProps) {
  const bar = useRef<HTMLDivElement>(null);
  const [stop, setStop] = useState(0);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (stop + step + cards.length) % cards.length;
    setStop(next);
    bar.current?.querySelectorAll("button")[next]?.focus();
  };

  return (
    <div
      aria-label="Show only"
      className="-mx-4 grid auto-cols-[minmax(8.5rem,1fr)] grid-flow-col gap-2.5 overflow-x-auto px-4 py-1 sm:-mx-6 sm:px-6 md:-mx-0.5 md:px-0.5"
      onKeyDown={onKeyDown}
      ref={bar}
      role="toolbar"
    >
      {cards.map((card, index) => (
        <StatCard
          key={card.view}
          label={viewWords[card.view]}
          onClick={() => onView(view === card.view ? "current" : card.view)}
          onFocus={() => setStop(index)}
          pressed={view === card.view}
          tabIndex={index === stop ? 0 : -1}
          tone={card.tone}
          value={counts?.[card.count]}
        />
      ))}
    </div>
  );
}
