"use client";

import { type KeyboardEvent, useRef, useState } from "react";
import { StatCard } from "@/components/ui/stat-card";
import type { Tone } from "@/components/ui/status-dot";
import type { TokenCounts } from "@/lib/contracts/tokens";
import { isComposing } from "@/lib/shared/composing";
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
    if (isComposing(event)) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (stop + step + cards.length) % cards.length;
    setStop(next);
    bar.current?.querySelectorAll("button")[next]?.focus();
  };

  return (
    <div className="@container">
      <div
        aria-label="Show only"
        className="grid grid-cols-2 gap-2 @min-[36rem]:grid-cols-6 @min-[52rem]:grid-cols-5 @min-[52rem]:gap-2.5"
        onKeyDown={onKeyDown}
        ref={bar}
        role="toolbar"
      >
        {cards.map((card, index) => (
          <StatCard
            className={span(index)}
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
    </div>
  );
}

/** Five into two columns, or into rows of three and two, with no gap at the end; side by side where each has room. */
function span(index: number): string {
  if (index < 3) return "@min-[36rem]:col-span-2 @min-[52rem]:col-span-1";
  return index === 4
    ? "col-span-2 @min-[36rem]:col-span-3 @min-[52rem]:col-span-1"
    : "@min-[36rem]:col-span-3 @min-[52rem]:col-span-1";
}
