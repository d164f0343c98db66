"use client";

import { useMemo } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { useKnownTokens } from "@/lib/browser/token-list";
import { choicesOf, inOrder } from "@/lib/browser/token-table/rows";
import type { LabelTokensInput } from "@/lib/contracts/label-tokens";
import type { Token } from "@/lib/contracts/tokens";
import { longest, maxTags, tidyText, tooManyTags, typedFault } from "@/lib/shared/visible-text";
import { TagsInput } from "../tags-input";
import { inDays, ReminderWords } from "./expiry-field";

/** What is typed and chosen. A tag or an expiry that is null stays as it is. */
export type LabelChoice = {
  added: string[];
  removed: string | null;
  environment: string;
  purpose: string;
  expiry: string | null;
};

export const nothingChosen: LabelChoice = {
  added: [],
  removed: null,
  environment: "",
  purpose: "",
  expiry: null,
};

const never = "never";

export function changeOf(choice: LabelChoice): Omit<LabelTokensInput, "ids"> {
  const { added, removed, expiry } = choice;
  const environment = tidyText(choice.environment);
  const purpose = tidyText(choice.purpose);
  return {
    ...(added.length > 0 ? { addTags: added } : {}),
    ...(removed === null ? {} : { removeTags: [removed] }),
    ...(environment ? { environment } : {}),
    ...(purpose ? { purpose } : {}),
    ...(expiry === null ? {} : { expiresAt: expiry === never ? null : inDays(Number(expiry)) }),
  };
}

/** What is wrong with what is typed, as the contract would say it: its schemas would come along. */
export function faultsOf({ added, environment, purpose }: LabelChoice) {
  const tagFaults = added.flatMap((tag) => typedFault(tag, { max: longest.tag }) ?? []);
  return {
    added: added.length > maxTags ? tooManyTags(added.length) : tagFaults[0],
    environment: typedFault(environment, { max: longest.environment }),
    purpose: typedFault(purpose, { max: longest.purpose }),
  };
}

type LabelManyFieldsProps = {
  choice: LabelChoice;
  onChange: (next: LabelChoice) => void;
  tokens: readonly Token[];
};

// A select's option needs a text of its own for "nothing"; no tag begins with a space.
const keep = " keep";

export function LabelManyFields({ choice, onChange, tokens }: LabelManyFieldsProps) {
  const known = useKnownTokens();
  const knownTags = useMemo(() => choicesOf(known).tags, [known]);
  const present = useMemo(() => inOrder(new Set(tokens.flatMap(({ tags }) => tags))), [tokens]);
  const set = (part: Partial<LabelChoice>) => onChange({ ...choice, ...part });
  const { expiresAt } = changeOf(choice);
  const faults = faultsOf(choice);

  return (
    <>
      <Field error={faults.added} label="Add tags">
        <TagsInput known={knownTags} onChange={(added) => set({ added })} value={choice.added} />
      </Field>
      {present.length > 0 ? (
        <Field label="Take a tag off">
          <Select
            onChange={({ target }) => set({ removed: target.value === keep ? null : target.value })}
            options={[{ value: keep, label: "None" }, ...present.map((tag) => ({ value: tag, label: tag }))]}
            value={choice.removed ?? keep}
          />
        </Field>
      ) : null}
      <Field error={faults.environment} label="Environment">
        <Input
          autoComplete="off"
          onChange={(event) => set({ environment: event.target.value })}
          placeholder="Stays as it is"
          value={choice.environment}
        />
      </Field>
      <Field error={faults.purpose} label="Purpose">
        <Input
          autoComplete="off"
          onChange={(event) => set({ purpose: event.target.value })}
          placeholder="Stays as it is"
          value={choice.purpose}
        />
      </Field>
      <Field hint={expiresAt ? <ReminderWords at={expiresAt} /> : undefined} label="Expiry">
        <Select
          onChange={({ target }) => set({ expiry: target.value === keep ? null : target.value })}
          options={[
            { value: keep, label: "Stays as it is" },
            ...["7", "30", "60", "90"].map((days) => ({ value: days, label: `In ${days} days` })),
            { value: never, label: "Never: take the date off" },
          ]}
          value={choice.expiry ?? keep}
        />
      </Field>
    </>
  );
}
