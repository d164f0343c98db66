import { UserRound } from "lucide-react";
import type { OwnerRow as OwnerRowData } from "@/lib/browser/token-table/rows";
import { ownerNameOf } from "../token-words";
import { GridCell, GridRow } from "./grid";

type OwnerRowProps = { row: OwnerRowData; rowKey: string; index: number; gap: number; portalName: string };

/** The heading of one owner's tokens. */
export function OwnerRow({ row, rowKey, index, gap, portalName }: OwnerRowProps) {
  return (
    <GridRow
      aria-rowindex={index + 2}
      className="flex h-10 items-center border-line border-b bg-sunken px-3 text-xs"
      data-key={rowKey}
      style={gap > 0 ? { marginTop: gap } : undefined}
    >
      <GridCell className="flex min-w-0 items-center gap-2">
        <UserRound aria-hidden className="size-3.5 shrink-0 text-ink-faint" />
        <bdi className="truncate font-medium text-ink">{ownerNameOf(row.owner)}</bdi>
        <span className="whitespace-nowrap text-ink-faint">
          <bdi>{portalName}</bdi> · {row.count} {row.count === 1 ? "token" : "tokens"}
        </span>
      </GridCell>
    </GridRow>
  );
}
