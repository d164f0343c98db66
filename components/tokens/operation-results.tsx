"use client";

import { useMemo } from "react";
import { Card } from "@/components/ui/card";
import { Spinner } from "@/components/ui/spinner";
import { StatusDot } from "@/components/ui/status-dot";
import { useKnownTokens } from "@/lib/browser/token-list";
import type { Operation, Token } from "@/lib/contracts/tokens";
import { isOpen, itemDetail, itemWords } from "./operation-words";
import { nameOf } from "./token-words";

/** As many rows as anybody reads; the download has them all. */
const shownRows = 100;

type Item = Operation["items"][number];

/** What an item is called: its own label, or what the list knows of its token. */
export function itemName(item: Item, tokens: ReadonlyMap<string, Token>): string {
  const token = item.tokenId === undefined ? undefined : tokens.get(item.tokenId);
  return item.label ?? (token ? nameOf(token) : "A token");
}

export function useTokensById(): ReadonlyMap<string, Token> {
  const known = useKnownTokens();
  return useMemo(() => new Map(known.map((token) => [token.id, token])), [known]);
}

const rank = (item: Item) => (item.state === "failed" ? 0 : isOpen(item) ? 1 : 2);

/** A result a row: what failed first, then what is under way. */
export function OperationResults({ operation }: { operation: Operation }) {
  const tokens = useTokensById();
  const rows = useMemo(
    () =>
      operation.items
        .map((item, position) => ({ item, position }))
        .sort((a, b) => rank(a.item) - rank(b.item) || a.position - b.position),
    [operation.items],
  );
  return (
    <Card className="max-h-72 overflow-y-auto">
      <ul className="divide-y divide-line">
        {rows.slice(0, shownRows).map(({ item, position }) => (
          <li className="flex items-center justify-between gap-4 px-3 py-2 text-sm" key={position}>
            <bdi className="min-w-0 truncate">{itemName(item, tokens)}</bdi>
            <span className="max-w-[60%] shrink-0 text-right">
              <ItemState item={item} kind={operation.kind} />
              {item.state === "done" ? null : (
                <span className="block text-ink-faint text-xs">{itemDetail(item)}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
      {rows.length > shownRows ? (
        <p className="border-line border-t px-3 py-2 text-ink-faint text-xs">
          And {(rows.length - shownRows).toLocaleString("en")} more, in the download.
        </p>
      ) : null}
    </Card>
  );
}

function ItemState({ item, kind }: { item: Item; kind: Operation["kind"] }) {
  const words = itemWords(kind, item);
  if (isOpen(item)) {
    return (
      <span className="inline-flex items-center gap-1.5 text-ink-soft">
        <Spinner className="size-3" /> {words}
      </span>
    );
  }
  const failed = item.state === "failed";
  return (
    <StatusDot shape={failed ? "cross" : "full"} tone={failed ? "danger" : "good"}>
      {words}
    </StatusDot>
  );
}
