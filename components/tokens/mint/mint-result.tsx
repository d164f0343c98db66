"use client";

import { useEffect, useRef } from "react";
import { Card } from "@/components/ui/card";
import { useAnnounce } from "@/components/ui/live-region";
import type { Token } from "@/lib/contracts/tokens";
import { useTokenActions } from "../use-token-actions";
import { MintedRow } from "./minted-row";

/** The new tokens. Their values are not here: Copy asks for one when it is pressed. */
export function MintResult({ tokens }: { tokens: Token[] }) {
  const { actions, activity } = useTokenActions();
  const announce = useAnnounce();
  const list = useRef<HTMLUListElement>(null);
  const count = tokens.length;
  useEffect(() => {
    announce(count === 1 ? "The token is minted" : `${count} tokens are minted`);
    // The form is gone, and the focus with it: on to the most likely next step.
    list.current?.querySelector<HTMLElement>("button")?.focus();
  }, [announce, count]);
  return (
    <Card>
      <ul className="divide-y divide-line" ref={list}>
        {tokens.map((token) => (
          <MintedRow actions={actions} activity={activity} alone={count === 1} key={token.id} token={token} />
        ))}
      </ul>
    </Card>
  );
}
