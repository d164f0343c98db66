"use client";

import { useEffect, useState } from "react";
import { Banner } from "@/components/ui/banner";
import { useOpenMints } from "@/lib/browser/open-mints";
import { isSettled, useOperation } from "@/lib/browser/operations";
import type { Operation } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { itemDetail } from "../operation-words";

/** A notice for each mint of this person that nobody waits for in a dialog. */
export default function OpenMints({ listedAt }: { listedAt: string }) {
  return useOpenMints(listedAt).map((id) => <MintNotice key={id} operationId={id} />);
}

function MintNotice({ operationId }: { operationId: string }) {
  const { data: operation } = useOperation(operationId);
  const [wasOpen, setWasOpen] = useState(false);
  const isOpen = operation !== undefined && !isSettled(operation);
  useEffect(() => {
    if (isOpen) setWasOpen(true);
  }, [isOpen]);
  if (!operation) return null;
  if (isOpen) {
    return (
      <Banner title={<Title end="being minted" operation={operation} />}>
        {operation.waitingFor
          ? `It waits for a sign-in as ${isolate(operation.waitingFor)}: only they can see what was made.`
          : operation.state === "checking"
            ? "The portal has not said what it made. The desk looks at its list, for two minutes at most."
            : "It comes into the list by itself."}
      </Banner>
    );
  }
  // What went well is in the list; what failed before this page was loaded has been told then.
  const failed = operation.items.filter(({ state }) => state === "failed");
  if (!wasOpen || failed.length === 0) return null;
  return (
    <Banner title={<Title end="not minted" operation={{ ...operation, items: failed }} />} tone="warn">
      {[...new Set(failed.map(itemDetail))].join("; ")}
    </Banner>
  );
}

function Title({ operation, end }: { operation: Operation; end: string }) {
  const [first, ...others] = operation.items;
  if (others.length > 0) return `${others.length + 1} tokens are ${end}`;
  return (
    <>
      “<bdi>{first?.label}</bdi>” is {end}
    </>
  );
}
