"use client";

import { ChevronRight } from "lucide-react";
import { type RefObject, useEffect, useState } from "react";
import { FormProvider } from "react-hook-form";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { type NameClash, useNameClash } from "@/lib/browser/name-clash";
import { usePortalName } from "@/lib/browser/portals";
import type { Connection } from "@/lib/contracts/sessions";
import { isolate } from "@/lib/shared/isolate";
import { numberedNames } from "@/lib/shared/numbered-names";
import { tidyText } from "@/lib/shared/visible-text";
import { ExpiryField, ReminderWords } from "../edit/expiry-field";
import { MetadataFields } from "../edit/metadata-fields";
import { NameWarning } from "../name-warning";
import { ProblemBanner } from "../problem-banner";
import { countOf, type MintFormOf } from "./use-mint-form";

export const mintFormId = "mint-token";

type MintFormProps = {
  form: MintFormOf;
  connections: readonly Connection[];
  error: unknown;
  onSubmit: () => void;
  /** Where the focus begins. */
  nameRef: RefObject<HTMLInputElement | null>;
};

/** A name, and the rest folded away. */
export function MintForm({ form, connections, error, onSubmit, nameRef }: MintFormProps) {
  const portalName = usePortalName();
  const { register, formState, watch, setValue } = form;
  const { errors } = formState;
  const nameField = register("label");
  const [unfolded, setUnfolded] = useState(false);
  const expiresAt = watch("expiresAt");
  const count = countOf(watch("count"));
  const label = tidyText(watch("label"));
  const names = label === "" ? [] : numberedNames(label, count);
  const clash = useNameClash(names);
  const hiddenError = Object.keys(errors).some((name) => name !== "label" && name !== "connectionId");

  useEffect(() => {
    if (hiddenError) setUnfolded(true);
  }, [hiddenError]);

  return (
    <FormProvider {...form}>
      <form
        className="grid grid-cols-1 gap-4"
        id={mintFormId}
        method="post"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {connections.length > 1 ? (
          <Field error={errors.connectionId?.message} hint="The token gets this user's rights." label="For">
            <Select
              options={connections.map(({ id, userName, portal }) => ({
                value: id,
                label: `${isolate(userName)} · ${isolate(portalName(portal))}`,
              }))}
              {...register("connectionId")}
            />
          </Field>
        ) : null}
        <Field
          error={errors.label?.message}
          hint={errors.label ? undefined : <NameHint clash={clash} names={names} />}
          label="Name"
          required
        >
          <Input
            autoComplete="off"
            placeholder="What will use it? billing-export"
            {...nameField}
            ref={(element) => {
              nameField.ref(element);
              nameRef.current = element;
            }}
          />
        </Field>
        <div>
          <button
            aria-expanded={unfolded}
            className="-mx-1.5 flex w-full items-center gap-2 rounded px-1.5 py-1 text-left text-sm hover:bg-hover pointer-coarse:min-h-11"
            onClick={() => setUnfolded(!unfolded)}
            type="button"
          >
            <ChevronRight
              aria-hidden
              className={`size-3.5 shrink-0 text-ink-faint transition-transform ${unfolded ? "rotate-90" : ""}`}
            />
            <span className="shrink-0 font-medium">More</span>
            <span className="min-w-0 truncate text-ink-faint text-xs">
              {count === 1 ? "One token" : `${count} tokens`} ·{" "}
              {expiresAt === undefined ? "no date" : <ReminderWords at={expiresAt} />}
            </span>
          </button>
          <div className={unfolded ? "mt-4 grid grid-cols-1 gap-5" : "hidden"}>
            <ExpiryField
              error={errors.expiresAt?.message}
              onChange={(at) => setValue("expiresAt", at, { shouldDirty: true })}
              value={expiresAt}
            />
            <Field
              error={errors.count?.message}
              hint="Up to 20 at once; their names get numbers."
              label="How many"
            >
              <Input
                className="max-w-24"
                inputMode="numeric"
                max={20}
                min={1}
                type="number"
                // How many there are decides how long their name may be.
                {...register("count", { valueAsNumber: true, deps: ["label"] })}
              />
            </Field>
            <MetadataFields />
          </div>
        </div>
        <ProblemBanner error={error} undone="Not minted" />
      </form>
    </FormProvider>
  );
}

function NameHint({ names, clash }: { names: string[]; clash: NameClash }) {
  const [first] = names;
  return (
    <NameWarning clash={clash}>
      {first === undefined || names.length === 1 ? (
        "The service that will use it, so that anyone can tell."
      ) : (
        <>
          <bdi>{first}</bdi> to <bdi>{names.at(-1)}</bdi>
        </>
      )}
    </NameWarning>
  );
}
