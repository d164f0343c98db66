"use client";

import { useEffect, useRef, useState } from "react";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useAnnounce } from "@/components/ui/live-region";
import { RelativeTime } from "@/components/ui/relative-time";
import { Spinner } from "@/components/ui/spinner";
import { usePortalName } from "@/lib/browser/portals";
import { wordsForCode } from "@/lib/browser/problem-words";
import type { RevokeAnswer, RevokeReason } from "@/lib/contracts/tokens";
import type { TokenDialogProps } from "../token-dialog-props";
import { nameOf } from "../token-words";
import { PutFirst } from "./put-first";
import { RevocationReceipt } from "./receipt";
import { type Revocation, useRevocation } from "./use-revocation";
import { WaitLine } from "./wait-line";
import { meanwhileWords, waitWords } from "./wait-words";

/** What was asked for, and the answer. */
export type Asked = { answer: RevokeAnswer; reason: RevokeReason };

/** What the dialog knows before the desk is asked: the words need not change when it answers. */
type RevocationOutcomeProps = TokenDialogProps & Asked & { portal: string; tokenId?: string; name?: string };

/** After the press: revoked with its receipt, or on the way there. Closing stops nothing. */
export function RevocationOutcome(props: RevocationOutcomeProps) {
  const { tokenId, name, portal, onClose, finalFocus } = props;
  const [asked, setAsked] = useState<Asked>(props);
  const revocation = useRevocation(asked, tokenId);
  const { state, token } = revocation;
  const announce = useAnnounce();
  const done = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (state !== "revoking") announce(titles[state]);
  }, [announce, state]);
  const putFirst = (urgent: RevokeAnswer) => {
    setAsked({ answer: urgent, reason: "compromised" });
    announce("It goes before everything else now");
    // The button goes, and the focus with it.
    done.current?.focus();
  };
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
        <Words portal={portal} revocation={revocation} />
        {state === "failed" ? null : (
          <RevocationReceipt over={state === "revoked"} receipt={revocation.receipt} />
        )}
        {token && mayBeHurried(revocation) ? <PutFirst onAnswer={putFirst} tokenId={token.id} /> : null}
      </div>
    </Dialog>
  );
}

const titles: Record<Revocation["state"], string> = {
  revoked: "Revoked",
  revoking: "Revoking",
  failed: "Not revoked",
};

type WordsProps = { revocation: Revocation; portal: string };

function Words({ revocation, portal }: WordsProps) {
  const { state, error, token } = revocation;
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
  return <UnderWay portal={portal} revocation={revocation} />;
}

/** Whether it is one's own, waits its turn, and could go before others. */
const mayBeHurried = ({ state, token, wait }: Revocation): boolean =>
  state === "revoking" &&
  token?.revoking?.operationId !== undefined &&
  wait !== undefined &&
  !wait.isUrgent &&
  wait.acceptedAt === undefined;

function UnderWay({ revocation: { wait, lastTryAt, token }, portal }: WordsProps) {
  const portalName = usePortalName();
  const words = wait && waitWords(wait, portalName(portal));
  // What was held back was no try.
  const isTried = lastTryAt !== undefined && words?.isUnsent === false;
  return (
    <div className="flex items-start gap-2 text-ink-soft text-sm">
      <Spinner className="mt-0.5" />
      <div className="grid min-w-0 grid-cols-1 gap-1">
        <p className="font-medium text-ink" role="status">
          {words ? `${words.isUnsent ? "Taken. " : ""}${words.so}`.trim() : "Asking the desk how far it is…"}
        </p>
        {words ? (
          <p>
            <WaitLine answer={wait.answeredAt} seconds={wait.retryAfter} words={words} />
          </p>
        ) : null}
        <p className="text-ink-faint text-xs">
          {isTried ? (
            <>
              Last try <RelativeTime at={lastTryAt} />.{" "}
            </>
          ) : null}
          You can close this. {meanwhileWords(words, token)}
        </p>
      </div>
    </div>
  );
}
