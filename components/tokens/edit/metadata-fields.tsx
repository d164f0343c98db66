"use client";

import { useId, useMemo } from "react";
import { Controller, useFormContext } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { useKnownTokens } from "@/lib/browser/token-list";
import { choicesOf } from "@/lib/browser/token-table/rows";
import { distinct } from "@/lib/shared/fold";
import { TagsInput } from "../tags-input";

/** What people note about a token beside its name. Empty is nothing known. */
export type MetadataValues = {
  purpose: string;
  environment: string;
  tags: string[];
  notes: string;
  integrationId: string;
};

export const noMetadata: MetadataValues = {
  purpose: "",
  environment: "",
  tags: [],
  notes: "",
  integrationId: "",
};

/** The fields of a form around them, whatever else that form has. */
export function MetadataFields() {
  const { register, control, formState } = useFormContext<MetadataValues>();
  const known = useKnownTokens();
  const choices = useMemo(() => choicesOf(known), [known]);
  const environmentsId = useId();
  const { errors } = formState;
  const tagError = errors.tags?.message ?? errors.tags?.find?.((each) => each !== undefined)?.message;
  return (
    <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
      <Field className="sm:col-span-2" error={errors.purpose?.message} label="Purpose">
        <Input autoComplete="off" placeholder="Sends invoices at night" {...register("purpose")} />
      </Field>
      <Field
        error={errors.environment?.message}
        hint="Revoking in production asks for the name."
        label="Environment"
      >
        <Input
          autoComplete="off"
          list={environmentsId}
          placeholder="production"
          {...register("environment")}
        />
      </Field>
      <datalist id={environmentsId}>
        {distinct(["production", "staging", "test", ...choices.environments]).map((environment) => (
          <option key={environment} value={environment} />
        ))}
      </datalist>
      <Field error={errors.integrationId?.message} hint="How your own systems call it." label="Integration">
        <Input autoComplete="off" placeholder="billing-export" {...register("integrationId")} />
      </Field>
      <Field className="sm:col-span-2" error={tagError} label="Tags">
        <Controller
          control={control}
          name="tags"
          render={({ field }) => (
            <TagsInput known={choices.tags} onChange={field.onChange} value={field.value} />
          )}
        />
      </Field>
      <Field className="sm:col-span-2" error={errors.notes?.message} hint="No secrets." label="Notes">
        <Textarea rows={2} {...register("notes")} />
      </Field>
    </div>
  );
}
