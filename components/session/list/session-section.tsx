import { Skeleton } from "@/components/ui/skeleton";
import type { SessionItem } from "@/lib/contracts/sessions";
import { SessionRow } from "./session-row";
import { headingId } from "./session-words";

const sheetClass = "overflow-hidden rounded-lg border border-line bg-surface shadow-card";

type SessionSectionProps = {
  own: boolean;
  title: string;
  items: SessionItem[];
  onEnd: (item: SessionItem) => void;
  /** What is said where there are none. */
  nothing?: string;
};

/** Sessions under a heading, which also takes the focus when the last one that could be ended has gone. */
export function SessionSection({ own, title, items, onEnd, nothing }: SessionSectionProps) {
  const id = headingId(own);
  return (
    <section aria-labelledby={id} className="grid gap-2.5">
      <h2 className="flex items-baseline gap-2 rounded-xs font-semibold text-base" id={id} tabIndex={-1}>
        {title}
        <span className="font-normal text-ink-faint text-sm tabular-nums">{items.length}</span>
      </h2>
      {items.length > 0 ? (
        <ul className={sheetClass}>
          {items.map((item) => (
            <SessionRow item={item} key={item.id} onEnd={() => onEnd(item)} />
          ))}
        </ul>
      ) : (
        <p className={`${sheetClass} px-5 py-8 text-center text-ink-soft text-sm`}>{nothing}</p>
      )}
    </section>
  );
}

export function LoadingSessions() {
  return (
    <div aria-label="Loading the sessions" className={sheetClass} role="status">
      {["a", "b", "c"].map((row) => (
        <div className="flex items-center gap-5 border-line border-b px-5 py-4 last:border-b-0" key={row}>
          <Skeleton className="size-9 rounded-lg" />
          <Skeleton className="h-3.5 w-44" />
          <Skeleton className="h-3.5 flex-1" />
          <Skeleton className="h-7 w-24" />
        </div>
      ))}
    </div>
  );
}
