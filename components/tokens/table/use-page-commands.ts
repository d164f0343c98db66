"use client";

import { type RefObject, useMemo } from "react";
import { useCommands } from "@/lib/browser/commands";
import { isNameable, reasonAgainstMany, restToCome } from "@/lib/browser/token-table/permissions";
import type { Token } from "@/lib/contracts/tokens";
import type { View } from "@/lib/shared/token-table/views";
import { useTokenDialogs } from "../token-dialogs";
import { viewWords } from "../token-words";
import type { TableHandle } from "./token-table";
import type { TableState } from "./use-table-state";

type PageCommands = {
  search: RefObject<HTMLInputElement | null>;
  grid: RefObject<TableHandle | null>;
  state: TableState;
  mintReason: string | undefined;
  /** What the list shows. */
  matching: readonly Token[];
  /** Whether that is all of it, and not only the beginning. */
  whole: boolean;
};

const offeredViews: View[] = [
  "current",
  "active",
  "unclaimed",
  "expiring",
  "overdue",
  "revoked-lately",
  "all",
];

/** What the palette and the keyboard can do on this page. */
export function usePageCommands({ search, grid, state, mintReason, matching, whole }: PageCommands): void {
  const { open } = useTokenDialogs();
  const nameless = useMemo(() => matching.filter(isNameable), [matching]);
  const nameReason = nameless.length === 0 ? "Every token in this list has a name" : undefined;
  useCommands([
    {
      id: "tokens.mint",
      title: "Mint a token",
      section: "Tokens",
      keys: "n",
      keywords: ["new", "create", "add"],
      disabledReason: mintReason,
      run: () => open({ kind: "mint" }),
    },
    {
      id: "tokens.search",
      title: "Search the tokens",
      section: "Tokens",
      keys: "/",
      keywords: ["find", "filter"],
      run: () => search.current?.focus(),
    },
    {
      id: "tokens.revoke-value",
      title: "Revoke a token by its value",
      section: "Tokens",
      keywords: ["compromised", "leak", "leaked", "delete"],
      disabledReason: mintReason,
      run: () => open({ kind: "revoke-value" }),
    },
    {
      id: "tokens.name",
      title: "Name the unclaimed tokens one by one",
      section: "Tokens",
      keywords: ["claim", "rename", "nameless", "next"],
      disabledReason: nameReason,
      run: () => grid.current?.nameFirst(),
    },
    {
      id: "tokens.name-many",
      title: "Name the unclaimed tokens all at once",
      section: "Tokens",
      keywords: ["claim", "rename", "nameless", "pattern", "numbers", "bulk"],
      disabledReason: nameReason ?? (whole ? undefined : restToCome) ?? reasonAgainstMany("name", nameless),
      run: () => open({ kind: "name-many", tokens: nameless, leftOut: 0 }),
    },
    {
      id: "tokens.rows",
      title: "Go to the list",
      section: "Tokens",
      keys: "j",
      run: () => grid.current?.focusFirst(),
    },
    ...offeredViews.map((view) => ({
      id: `tokens.show.${view}`,
      title: `Show: ${viewWords[view]}`,
      section: "Tokens",
      keywords: ["filter"],
      run: () => state.setView(view),
    })),
  ]);
}
