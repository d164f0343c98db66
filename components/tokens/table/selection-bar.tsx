"use client";

import dynamic from "next/dynamic";
import { useEffect, useMemo } from "react";
import { isNameable, reasonAgainst, reasonAgainstMany } from "@/lib/browser/token-table/permissions";
import { keepKnown, nothingSelected, type Selection, toggleShown } from "@/lib/browser/token-table/selection";
import type { Token } from "@/lib/contracts/tokens";
import { useTokenDialogs } from "../token-dialogs";

const BulkBar = dynamic(() => import("./bulk-bar"), { ssr: false });

type SelectionBarProps = {
  items: readonly Token[];
  matching: readonly Token[];
  selection: Selection;
  onSelection: (next: (now: Selection) => Selection) => void;
};

/** The selection, as tokens: what of it is shown, and what can be done with it. */
export function SelectionBar({ items, matching, selection, onSelection }: SelectionBarProps) {
  const { open } = useTokenDialogs();
  const { ids } = selection;

  useEffect(() => {
    onSelection((now) => (now.ids.size === 0 ? now : keepKnown(now, selectable(items, matching))));
  }, [items, matching, onSelection]);

  const shown = useMemo(
    () => (ids.size === 0 ? [] : matching.filter((token) => ids.has(token.id))),
    [matching, ids],
  );
  // As they stand in the list: that is the order in which they are numbered. What a filter hides comes last.
  const selected = useMemo(() => {
    if (ids.size === 0) return [];
    const seen = new Set(shown);
    return [...shown, ...items.filter((token) => ids.has(token.id) && !seen.has(token))];
  }, [items, shown, ids]);
  if (selected.length === 0) return null;

  const nameless = selected.filter(isNameable);
  const editable = selected.filter((token) => reasonAgainst("edit", token) === undefined);
  const revocable = selected.filter((token) => reasonAgainst("revoke", token) === undefined);
  const leftOut = (of: readonly Token[]) => selected.length - of.length;
  return (
    <BulkBar
      allSelected={shown.length === matching.length}
      count={selected.length}
      hidden={selected.length - shown.length}
      editReason={reasonAgainstMany("edit", selected)}
      matching={matching.length}
      onClear={() => onSelection(() => nothingSelected)}
      nameReason={reasonAgainstMany("name", selected)}
      onEdit={() => open({ kind: "label-many", tokens: editable, leftOut: leftOut(editable) })}
      onName={() =>
        open({
          kind: "name-many",
          tokens: nameless,
          leftOut: leftOut(nameless),
          onNamed: () => onSelection(() => nothingSelected),
        })
      }
      onRevoke={() => open({ kind: "revoke-many", tokens: revocable, leftOut: leftOut(revocable) })}
      onSelectAll={() =>
        onSelection((now) =>
          toggleShown(
            now,
            matching.map((token) => token.id),
          ),
        )
      }
      revokeReason={reasonAgainstMany("revoke", selected)}
    />
  );
}

/** What is gone from the list, or was revoked and is not shown any more, is not selected any more either. */
function selectable(items: readonly Token[], matching: readonly Token[]): Set<string> {
  const ids = new Set(matching.map((token) => token.id));
  for (const token of items) if (token.status !== "revoked") ids.add(token.id);
  return ids;
}
