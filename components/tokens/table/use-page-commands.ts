"use client";

import type { RefObject } from "react";
import { useCommands } from "@/lib/browser/commands";
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
export function usePageCommands({ search, grid, state, mintReason }: PageCommands): void {
  const { open } = useTokenDialogs();
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
