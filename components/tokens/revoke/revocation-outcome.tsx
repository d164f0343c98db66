"use client";

import { useEffect, useRef } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useAnnounce } from "@/components/ui/live-region";
import { RelativeTime } from "@/components/ui/relative-time";
import { Spinner } from "@/components/ui/spinner";
import { wordsForCode } from "@/lib/browser/problem-words";
import type { RevokeAnswer } from "@/lib/contracts/tokens";
import type { TokenDialogProps } from "../token-dialog-props";
import { nameOf } from "../token-words";
import { RevocationReceipt } from "./receipt";
import { type Revocation, useRevocation } from "./use-revocation";

type RevocationOutcomeProps = TokenDialogProps & { answer: RevokeAnswer; tokenId?: string; name?: string };

/** After the press: revoked with its receipt, or on the way there. Closing stops nothing. */
export function RevocationOutcome(props: RevocationOutcomeProps) {
  const { answer, tokenId, name, onClose, finalFocus } = props;
  const revocation = useRevocation(answer, tokenId);
  const { state, token } = revocation;
  const announce = useAnnounce();
  const done = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (state !== "revoking") announce(titles[state]);
  }, [announce, state]);
  const called = token ? nameOf(token) : name;
  return (
    <Dialog
      description={called === undefined ? undefined : <bdi className="font-medium text-ink">{called}</bdi>}
      finalFocus={finalFocus}
      footer={
        <Button onClick={onClose} ref={done} variant="primary">
          {state === "revoking" ? "Close" : "Done"}
        </Button>
      }
      initialFocus={done}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      open
      title={titles[state]}
    >
      <div className="grid grid-cols-1 gap-3">
        <Words revocation={revocation} />
        {state === "failed" ? null : (
          <RevocationReceipt over={state === "revoked"} receipt={revocation.receipt} />
        )}
      </div>
    </Dialog>
  );
}

const titles: Record<Revocation["state"], string> = {
  revoked: "Revoked",
  revoking: "Revoking",
  failed: "Not revoked",
};

function Words({ revocation }: { revocation: Revocation }) {
  const { state, lastTryAt, error, token } = revocation;
  if (state === "revoked") {
    return (
      <p className="text-ink-soft text-sm">
        Anything that used it gets 401 from now on.
        {token?.revoked?.reason === "compromised"
          ? " Whoever had it could also list this user's other tokens: replace those too."
          : null}
      </p>
    );
  }
  if (state === "failed") {
    const words = wordsForCode(error ?? "portal_refused");
    return (
      <Banner title={words.title} tone="danger">
        {words.next}
      </Banner>
    );
  }
  return (
    <p className="flex items-start gap-2 text-ink-soft text-sm" role="status">
      <Spinner className="mt-0.5" />
      <span>
        Revoking
        {lastTryAt ? (
          <>
            , last try <RelativeTime at={lastTryAt} />
          </>
        ) : null}
        . {error ? `${wordsForCode(error).title}. ` : ""}
        The desk goes on by itself until the portal shows that it is gone; you can close this.
      </span>
    </p>
  );
}
