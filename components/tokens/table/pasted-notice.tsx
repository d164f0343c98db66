"use client";

import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import type { Pasted } from "./use-table-state";

type PastedNoticeProps = { pasted: Pasted; onRevoke: () => void; onClear: () => void };

/** What became of a pasted token. The token itself is gone: whoever wants to revoke it pastes it once more. */
export default function PastedNotice({ pasted, onRevoke, onClear }: PastedNoticeProps) {
  const known = pasted.ids.length > 0;
  return (
    <Banner
      action={
        <>
          {known ? null : (
            <Button onClick={onRevoke} size="sm">
              Revoke it by its value
            </Button>
          )}
          <Button onClick={onClear} size="sm" variant="ghost">
            Show the list
          </Button>
        </>
      }
      title={known ? "This is the token that you pasted" : "No token that you may see has this value"}
      tone={known ? "info" : "warn"}
    >
      {known
        ? "What you pasted was compared and not kept."
        : "It may be somebody else's, or gone. What you pasted was compared and not kept."}
    </Banner>
  );
}
