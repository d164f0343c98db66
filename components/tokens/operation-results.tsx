"use client";

import { useMemo, useState } from "react";
import { Spinner } from "@/components/ui/spinner";
import { StatusDot } from "@/components/ui/status-dot";
import { useKnownTokens } from "@/lib/browser/token-list";
import type { Operation, Token } from "@/lib/contracts/tokens";
import { isOpen, itemDetail, itemWords } from "./operation-words";
import { ResultsList } from "./results-list";
import { nameOf } from "./token-words";

type Item = Operation["items"][number];

/** What an item is called: its own label, or what the list knows of its token. */
export function itemName(item: Item, tokens: ReadonlyMap<string, Token>): string {
  const token = item.tokenId === undefined ? undefined : tokens.get(item.tokenId);
  return item.label ?? (token ? nameOf(token) : "A token");
}

/** The tokens of the list, those too that have left it since: what is revoked is called as it was. */
export function useTokensById(): ReadonlyMap<string, Token> {
  const known = useKnownTokens();
  const [seen] = useState(() => new Map<string, Token>());
  return useMemo(() => {
    for (const token of known) seen.set(token.id, token);
    return new Map(seen);
  }, [known, seen]);
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
    <ResultsList
      results={rows.map(({ item, position }) => ({
        key: position,
        name: itemName(item, tokens),
        outcome: <ItemState item={item} kind={operation.kind} />,
        detail: item.state === "done" ? undefined : itemDetail(item),
      }))}
    />
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
