"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Controller, FormProvider, useForm } from "react-hook-form";
import type { z } from "zod";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import { ApiError } from "@/lib/browser/api";
import { useNameClash } from "@/lib/browser/name-clash";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { tokenOptions, usePatchToken } from "@/lib/browser/tokens";
import { type PatchTokenInput, patchTokenInput, type Token } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { tidyText } from "@/lib/shared/visible-text";
import { NameWarning } from "../name-warning";
import { ProblemBanner } from "../problem-banner";
import type { TokenDialogProps } from "../token-dialog-props";
import { nameOf } from "../token-words";
import { ExpiryField } from "./expiry-field";
import { MetadataFields } from "./metadata-fields";

const judge = zodResolver(patchTokenInput);

type EditValues = z.input<typeof patchTokenInput>;

/** Everything that people note about a token, in one form. Only what was changed is sent. */
export default function EditDialog({ token, onClose, finalFocus }: TokenDialogProps & { token: Token }) {
  const name = useRef<HTMLInputElement | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [seen, setSeen] = useState(token.label);
  const queries = useQueryClient();
  const patch = usePatchToken();
  const { withStepUp } = useStepUp();
  const { toast } = useToast();
  const [before] = useState(() => valuesOf(token));
  const form = useForm<EditValues, unknown, PatchTokenInput>({
    resolver: (values, ...rest) => {
      // Only what was changed is judged and sent: what somebody else changed meanwhile is not written back, and what
      // is older than today's rules stays. A recovered token is confirmed by saving the name that it has.
      const changed = changesOf(values, before, token.label === null || token.recovered);
      return Object.keys(changed).length === 0 ? { values: {}, errors: {} } : judge(changed, ...rest);
    },
    defaultValues: before,
  });
  const { register, formState, handleSubmit, control, watch } = form;
  const { errors, isSubmitting } = formState;
  const nameField = register("label");
  const label = tidyText(watch("label") ?? "");
  const clash = useNameClash(label === "" || label === token.label ? [] : [label], token.id);
  const warning =
    clash.taken.length > 0 || clash.alike !== undefined ? <NameWarning clash={clash} /> : undefined;

  /** The name that it has by now is told; whoever saves again has read it. */
  const lookAgain = async () => {
    const now = await queries.fetchQuery({ ...tokenOptions(token.id), staleTime: 0 }).catch(() => undefined);
    if (now && now.status !== "revoked") setSeen(now.label);
  };

  const submit = handleSubmit(async (changed) => {
    setError(null);
    if (Object.keys(changed).length === 0) return onClose();
    try {
      await withStepUp(() => patch.mutateAsync({ id: token.id, patch: withSeen(changed, seen) }));
      toast({ title: "Saved", tone: "good" });
      onClose();
    } catch (thrown) {
      if (thrown instanceof StepUpCancelled) return;
      if (changed.label !== undefined && isConflict(thrown)) await lookAgain();
      setError(thrown);
    }
  });

  return (
    <Dialog
      description={<span className="font-mono">{token.hint}</span>}
      dismissible={!isSubmitting}
      finalFocus={finalFocus}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button busy={isSubmitting} form="edit-token" type="submit" variant="primary">
            Save
          </Button>
        </>
      }
      initialFocus={name}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      open
      size="lg"
      title={
        token.label === null ? (
          "Name this token"
        ) : (
          <>
            Details of <bdi>{nameOf(token)}</bdi>
          </>
        )
      }
    >
      <FormProvider {...form}>
        <form className="grid grid-cols-1 gap-4" id="edit-token" method="post" noValidate onSubmit={submit}>
          <Field
            error={errors.label?.message}
            hint={errors.label ? undefined : warning}
            label="Name"
            required
          >
            <Input
              autoComplete="off"
              {...nameField}
              ref={(element) => {
                nameField.ref(element);
                name.current = element;
              }}
            />
          </Field>
          <MetadataFields />
          <Controller
            control={control}
            name="expiresAt"
            render={({ field }) => (
              <ExpiryField
                error={errors.expiresAt?.message}
                onChange={(at) => field.onChange(at ?? null)}
                value={field.value ?? undefined}
              />
            )}
          />
          <Controller
            control={control}
            name="protected"
            render={({ field }) => (
              <Checkbox
                checked={field.value ?? false}
                className="justify-start"
                label="Protected: revoking it asks for its name"
                onChange={(event) => field.onChange(event.target.checked)}
              />
            )}
          />
          <ProblemBanner error={error} undone="Not saved" words={namedWords(token.label, seen)} />
        </form>
      </FormProvider>
    </Dialog>
  );
}

const isConflict = (error: unknown): boolean => error instanceof ApiError && error.code === "wrong_state";

/** With a name goes the one that it takes the place of, so that nobody's is lost unseen. */
const withSeen = (patch: PatchTokenInput, was: string | null): PatchTokenInput =>
  patch.label === undefined ? patch : { ...patch, was };

function namedWords(before: string | null, now: string | null) {
  if (now === before || now === null) return undefined;
  return {
    wrong_state: {
      title: `Somebody has named it “${isolate(now)}” meanwhile`,
      next: "Save it again to give it your name instead.",
    },
  };
}

function valuesOf(token: Token): EditValues {
  return {
    label: token.label ?? "",
    purpose: token.purpose ?? "",
    environment: token.environment ?? "",
    tags: token.tags,
    notes: token.notes ?? "",
    integrationId: token.integrationId ?? "",
    expiresAt: token.expiresAt ?? null,
    protected: token.protected,
  };
}

/** What is not as it was; the name in any case where `named`. */
function changesOf(values: EditValues, before: EditValues, named = false): EditValues {
  const isChanged = (key: string) =>
    JSON.stringify(values[key as keyof EditValues]) !== JSON.stringify(before[key as keyof EditValues]);
  const changed = Object.entries(values).filter(([key]) => isChanged(key) || (named && key === "label"));
  const patch: EditValues = Object.fromEntries(changed);
  return patch.expiresAt ? { ...patch, expiry: "advisory" } : patch;
}
