"use client";

import { useMemo, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { useKnownTokens } from "@/lib/browser/token-list";
import { choicesOf } from "@/lib/browser/token-table/rows";
import type { PatchTokenInput, Token } from "@/lib/contracts/tokens";
import { TagsInput } from "../tags-input";
import type { TokenDialogProps } from "../token-dialog-props";
import { PatchResults } from "./patch-results";
import { useManyPatches } from "./use-many-patches";

const keep = " keep";
const maxTags = 20;

/** One environment, purpose or tags for many tokens; what is left empty stays as it is on each of them. */
export default function LabelManyDialog({
  tokens,
  onClose,
  finalFocus,
}: TokenDialogProps & { tokens: Token[] }) {
  const known = useKnownTokens();
  const choices = useMemo(() => choicesOf(known), [known]);
  const present = useMemo(() => choicesOf(tokens).tags, [tokens]);
  const [added, setAdded] = useState<string[]>([]);
  const [removed, setRemoved] = useState(keep);
  const [environment, setEnvironment] = useState("");
  const [purpose, setPurpose] = useState("");
  const { results, running, run } = useManyPatches();

  const patchOf = (token: Token): PatchTokenInput => {
    const tags = [...new Set([...token.tags.filter((tag) => tag !== removed), ...added])].slice(0, maxTags);
    const tagsChanged = tags.length !== token.tags.length || tags.some((tag) => !token.tags.includes(tag));
    return {
      ...(tagsChanged ? { tags } : {}),
      ...(environment.trim() ? { environment: environment.trim() } : {}),
      ...(purpose.trim() ? { purpose: purpose.trim() } : {}),
    };
  };
  const nothing = added.length === 0 && removed === keep && !environment.trim() && !purpose.trim();
  const failed = results?.filter((result) => result.state === "failed").map((result) => result.token) ?? [];

  return (
    <Dialog
      description={results ? undefined : "What you leave empty stays as it is on each of them."}
      dismissible={!running}
      finalFocus={finalFocus}
      footer={
        results ? (
          <>
            {failed.length > 0 && !running ? (
              <Button onClick={() => void run(failed, patchOf)}>Try the {failed.length} failed again</Button>
            ) : null}
            <Button busy={running} onClick={onClose} variant="primary">
              Done
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              disabledReason={nothing ? "Nothing to change yet" : undefined}
              onClick={() => void run(tokens, patchOf)}
              variant="primary"
            >
              Label {tokens.length === 1 ? "it" : `all ${tokens.length}`}
            </Button>
          </>
        )
      }
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      open
      title={tokens.length === 1 ? "Label a token" : `Label ${tokens.length.toLocaleString("en")} tokens`}
    >
      {results ? (
        <PatchResults results={results} running={running} />
      ) : (
        <div className="grid grid-cols-1 gap-4">
          <Field label="Add tags">
            <TagsInput known={choices.tags} onChange={setAdded} value={added} />
          </Field>
          {present.length > 0 ? (
            <Field label="Take a tag off">
              <Select
                onChange={(event) => setRemoved(event.target.value)}
                options={[
                  { value: keep, label: "None" },
                  ...present.map((tag) => ({ value: tag, label: tag })),
                ]}
                value={removed}
              />
            </Field>
          ) : null}
          <Field label="Environment">
            <Input
              autoComplete="off"
              maxLength={40}
              onChange={(event) => setEnvironment(event.target.value)}
              placeholder="Stays as it is"
              value={environment}
            />
          </Field>
          <Field label="Purpose">
            <Input
              autoComplete="off"
              maxLength={200}
              onChange={(event) => setPurpose(event.target.value)}
              placeholder="Stays as it is"
              value={purpose}
            />
          </Field>
        </div>
      )}
    </Dialog>
  );
}
