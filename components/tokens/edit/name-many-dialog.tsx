"use client";

import { type FormEvent, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { useLabelTokens } from "@/lib/browser/tokens";
import { namesByPattern } from "@/lib/shared/numbered-names";
import { ProblemBanner } from "../problem-banner";
import type { ManyTokens } from "../token-dialog-props";
import { leftOutWords } from "../token-words";
import { LabelResults } from "./label-results";
import { NameManyFields } from "./name-many-fields";
import { NamePreview } from "./name-preview";
import { useNumbering } from "./use-numbering";

type NameManyDialogProps = ManyTokens & { onNamed?: () => void };

/** Names for many tokens that have none: one is typed, and each gets it with a number, in the order of the list. */
export default function NameManyDialog({
  tokens,
  leftOut,
  onNamed,
  onClose,
  finalFocus,
}: NameManyDialogProps) {
  const [error, setError] = useState<unknown>(null);
  const field = useRef<HTMLInputElement>(null);
  const numbering = useNumbering(tokens.length);
  const { mutateAsync, data, variables, isPending } = useLabelTokens();
  const { withStepUp } = useStepUp();
  const { pattern, from, names, fault } = numbering;
  const missing =
    pattern === ""
      ? "Type a name first"
      : fault.pattern || fault.from
        ? "Fix what is marked first"
        : undefined;
  const count = tokens.length.toLocaleString("en");
  // What was sent, and not what the fields would say now: with these names in use they count on from the next ones.
  const saved = variables?.names ? namesByPattern(variables.names, tokens.length) : [];
  const stayed = new Set(data?.items.flatMap(({ tokenId, error: why }) => (why ? tokenId : [])));

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (missing !== undefined || isPending) return;
    setError(null);
    try {
      const ids = tokens.map(({ id }) => id);
      await withStepUp(() => mutateAsync({ ids, names: { pattern, from } }));
      onNamed?.();
    } catch (thrown) {
      if (!(thrown instanceof StepUpCancelled)) setError(thrown);
    }
  };

  return (
    <Dialog
      description={data ? undefined : leftOutWords("name", leftOut) || undefined}
      dismissible={!isPending}
      finalFocus={finalFocus}
      footer={
        data ? (
          <Button onClick={onClose} variant="primary">
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              busy={isPending}
              disabledReason={missing}
              form="name-many"
              type="submit"
              variant="primary"
            >
              Name {tokens.length === 1 ? "it" : `all ${count}`}
            </Button>
          </>
        )
      }
      initialFocus={field}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      open
      size="lg"
      title={tokens.length === 1 ? "Name a token" : `Name ${count} tokens`}
    >
      {data ? (
        <LabelResults
          fileName="tokendesk-names.csv"
          items={data.items}
          tokens={tokens.map((token, index) =>
            stayed.has(token.id) ? token : { ...token, label: saved[index] ?? null },
          )}
        />
      ) : (
        <form
          className="grid grid-cols-1 gap-4"
          id="name-many"
          method="post"
          noValidate
          // What went wrong with the names before these is no news of these.
          onChange={() => setError(null)}
          onSubmit={save}
        >
          <NameManyFields count={tokens.length} fieldRef={field} numbering={numbering} />
          <NamePreview names={names} takenBy={numbering.takenBy} tokens={tokens} />
          <ProblemBanner error={error} undone="Not saved" />
        </form>
      )}
    </Dialog>
  );
}
