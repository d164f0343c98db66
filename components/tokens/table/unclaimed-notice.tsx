"use client";

import { useMemo } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { isNameable, reasonAgainstMany, restToCome } from "@/lib/browser/token-table/permissions";
import type { Token } from "@/lib/contracts/tokens";
import { useTokenDialogs } from "../token-dialogs";

type UnclaimedNoticeProps = {
  matching: readonly Token[];
  /** How many there are, while the rest of the list is still to come. */
  expected?: number;
  onOneByOne: () => void;
};

/** The two ways to name what nobody has named, for whoever looks at just those. */
export default function UnclaimedNotice({ matching, expected, onOneByOne }: UnclaimedNoticeProps) {
  const { open } = useTokenDialogs();
  const nameless = useMemo(() => matching.filter(isNameable), [matching]);
  const total = Math.max(nameless.length, expected ?? 0);
  const count = total.toLocaleString("en");
  if (nameless.length === 0) return null;
  return (
    <Banner
      action={
        <>
          <Button onClick={onOneByOne} size="sm">
            {total === 1 ? "Name it" : "Name them one by one"}
          </Button>
          {total === 1 ? null : (
            <Button
              disabledReason={expected === undefined ? reasonAgainstMany("name", nameless) : restToCome}
              onClick={() => open({ kind: "name-many", tokens: nameless, leftOut: 0 })}
              size="sm"
            >
              Name all {count} at once
            </Button>
          )}
        </>
      }
      title={total === 1 ? "1 token has no name yet" : `${count} tokens have no name yet`}
    >
      Say what each is for, and it is claimed.
    </Banner>
  );
}
