"use client";

import { ChipGroup } from "@/components/ui/chip-group";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { isPhrase, needsPhrase } from "@/lib/browser/token-table/permissions";
import type { RevokeReason } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { longest, typedFault } from "@/lib/shared/visible-text";
import { reasonWords } from "../token-words";

/** What the person has said so far about a revocation. */
export type RevokeDraft = { reason: RevokeReason | null; note: string; typed: string };
export const emptyDraft: RevokeDraft = { reason: null, note: "", typed: "" };

/** What has to come before the press; undefined where nothing is missing. */
export function missingFrom(draft: RevokeDraft, phrase: string | undefined): string | undefined {
  if (draft.reason === null) return "Choose a reason first";
  if (noteFault(draft) !== undefined) return "Mend the note first";
  if (phrase === undefined || !needsPhrase(draft.reason) || isPhrase(draft.typed, phrase)) return undefined;
  return `Type “${isolate(phrase)}” first`;
}

const noteFault = ({ note }: RevokeDraft) => typedFault(note, { max: longest.note, lines: true });

// Not from the contract: its schemas would come along.
const reasons = Object.entries(reasonWords).map(([value, label]) => ({
  value: value as RevokeReason,
  label,
}));

type ReasonFieldsProps = {
  draft: RevokeDraft;
  onDraft: (draft: RevokeDraft) => void;
  /** What has to be typed, if anything. */
  phrase?: string;
};

/** Why, a note for the trail, and where it matters the name once more. */
export function ReasonFields({ draft, onDraft, phrase }: ReasonFieldsProps) {
  return (
    <>
      <ChipGroup
        chips={reasons}
        label="Reason"
        onChange={(reason) => onDraft({ ...draft, reason })}
        value={draft.reason}
      />
      <Field aside="optional" error={noteFault(draft)} label="Note">
        <Textarea
          onChange={(event) => onDraft({ ...draft, note: event.target.value })}
          rows={1}
          value={draft.note}
        />
      </Field>
      {phrase === undefined ? null : <PhraseField draft={draft} onDraft={onDraft} phrase={phrase} />}
    </>
  );
}

/** The name once more. Where nothing has to be typed its place is kept, so that no button moves beneath a pointer. */
function PhraseField({ draft, onDraft, phrase }: Required<ReasonFieldsProps>) {
  const isNeeded = needsPhrase(draft.reason);
  return (
    <div className="grid grid-cols-1 *:col-start-1 *:row-start-1">
      <Field
        className={isNeeded ? undefined : "invisible"}
        label={
          <>
            Type <bdi className="wrap-anywhere rounded-xs bg-sunken px-1 font-mono">{phrase}</bdi> to go on
          </>
        }
      >
        <Input
          autoComplete="off"
          autoCorrect="off"
          onChange={(event) => onDraft({ ...draft, typed: event.target.value })}
          spellCheck={false}
          value={draft.typed}
        />
      </Field>
      {isNeeded ? null : (
        <p className="flex items-center rounded-lg border border-line bg-surface px-3 text-ink-soft text-sm">
          Nothing to type for a compromised token.
        </p>
      )}
    </div>
  );
}
