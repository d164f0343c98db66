"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { useCommands } from "@/lib/browser/commands";
import { useSession } from "@/lib/browser/session";
import type { TokenDialogKind } from "./token-dialog";

const TokenDialog = dynamic(() => import("./token-dialog"), { ssr: false });

/** Minting and revoking by value from the other pages; the tokens page brings its own of the same ids. */
export function TokenCommands() {
  const { data: session } = useSession();
  const [kind, setKind] = useState<TokenDialogKind | null>(null);
  const live = session?.connections.some((connection) => connection.state === "live");
  const disabledReason = session && !live ? "Sign in to a portal user again first" : undefined;
  useCommands([
    {
      id: "tokens.mint",
      title: "Mint a token",
      section: "Tokens",
      keys: "n",
      keywords: ["new", "create", "add"],
      disabledReason,
      run: () => setKind("mint"),
    },
    {
      id: "tokens.revoke-value",
      title: "Revoke a token by its value",
      section: "Tokens",
      keywords: ["compromised", "leak", "leaked", "delete"],
      disabledReason,
      run: () => setKind("revoke-value"),
    },
  ]);
  return kind ? <TokenDialog kind={kind} onClose={() => setKind(null)} /> : null;
}
