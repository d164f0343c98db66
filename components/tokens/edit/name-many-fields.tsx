"use client";

import type { RefObject } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { NameWarning } from "../name-warning";
import type { NumberingState } from "./use-numbering";

type NameManyFieldsProps = {
  numbering: NumberingState;
  count: number;
  fieldRef: RefObject<HTMLInputElement | null>;
};

/** The one name that is typed, and the number that counting begins with. */
export function NameManyFields({ numbering, count, fieldRef }: NameManyFieldsProps) {
  const { text, setText, fromText, setFromText, goesOn, clash, fault } = numbering;
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-4">
      <Field
        className="min-w-52 flex-1"
        error={fault.pattern}
        hint={
          fault.pattern ? undefined : (
            <NameWarning clash={clash}>
              {count === 1 ? (
                "What is it for?"
              ) : (
                <>
                  Each gets a number at the end. Type <code className="font-mono">{"{n}"}</code> to have it
                  elsewhere.
                </>
              )}
            </NameWarning>
          )
        }
        label="Name"
        required
      >
        <Input
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
          placeholder="For example legacy"
          ref={fieldRef}
          value={text}
        />
      </Field>
      {fromText === undefined ? null : (
        <Field
          className="w-36"
          error={fault.from}
          hint={goesOn && !fault.from ? "The first free one" : undefined}
          label="First number"
        >
          <Input
            autoComplete="off"
            inputMode="numeric"
            onChange={(event) => setFromText(event.target.value)}
            value={fromText}
          />
        </Field>
      )}
    </div>
  );
}
