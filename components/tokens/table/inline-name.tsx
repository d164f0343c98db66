"use client";

import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { useNameClash } from "@/lib/browser/name-clash";
import { problemWords } from "@/lib/browser/problem-words";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { usePatchToken } from "@/lib/browser/tokens";
import type { Token } from "@/lib/contracts/tokens";
import { isComposing } from "@/lib/shared/composing";
import { isolate } from "@/lib/shared/isolate";
import { longest, tidyText, typedFault } from "@/lib/shared/visible-text";

type InlineNameProps = {
  token: Token;
  /** `stay` where the row should have the focus again. */
  onDone: (stay: boolean) => void;
};

/** Naming in place: Enter keeps it, Esc leaves it as it was. For an unclaimed token this is claiming it. */
export function InlineName({ token, onDone }: InlineNameProps) {
  const [text, setText] = useState(token.label ?? "");
  const [problem, setProblem] = useState<string | null>(null);
  const patch = usePatchToken();
  const { withStepUp } = useStepUp();
  const field = useRef<HTMLInputElement>(null);
  const name = tidyText(text);
  // A name from before may be none that could be given today: it stays as it is, unless somebody changes it.
  const isAsItWas = [text, name].includes(token.label ?? "");
  const { taken, alike } = useNameClash([name], token.id);

  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  const save = async (stay: boolean) => {
    if (patch.isPending) return;
    // A recovered token is confirmed by saving the name that it has.
    if (isAsItWas && !token.recovered) return onDone(stay);
    const fault = typedFault(name, { max: longest.label, required: "Give it a name" });
    setProblem(fault ?? null);
    if (fault !== undefined) return;
    try {
      await withStepUp(() => patch.mutateAsync({ id: token.id, patch: { label: name } }));
      onDone(stay);
    } catch (error) {
      if (error instanceof StepUpCancelled) return;
      const words = problemWords(error);
      setProblem(`${words.title}. ${words.next}`);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (isComposing(event)) return;
    if (event.key === "Enter") {
      event.preventDefault();
      void save(true);
    } else if (event.key === "Escape") {
      event.preventDefault();
      onDone(true);
    }
  };
  const onBlur = () => {
    if (name === "" || isAsItWas) onDone(false);
    else void save(false);
  };

  const clash =
    taken.length > 0
      ? "Another token has this name"
      : alike !== undefined && (
          <>
            Looks like “<bdi>{alike}</bdi>”, another token
          </>
        );
  const note = problem ?? (clash || "Enter keeps it, Esc does not");
  return (
    <span className="relative block w-full min-w-0">
      <Input
        aria-describedby={`${token.id}-note`}
        aria-invalid={problem ? true : undefined}
        aria-label={
          token.label === null ? `A name for ${token.hint}` : `New name for ${isolate(token.label)}`
        }
        autoComplete="off"
        className="h-7"
        onBlur={onBlur}
        onChange={(event) => {
          setText(event.target.value);
          setProblem(null);
        }}
        onKeyDown={onKeyDown}
        placeholder="What is it for?"
        readOnly={patch.isPending}
        ref={field}
        // Always something, if empty: a field with nothing behind it is another element, and a new one has no focus.
        trailing={<span>{patch.isPending ? <Spinner className="mr-1.5" /> : null}</span>}
        value={text}
      />
      <span
        className={
          problem
            ? // All of it, above the next row: a row has no room for what went wrong and what to do about it.
              "absolute top-full left-0 z-10 mt-1 w-full rounded-sm border border-danger-line bg-danger-soft px-2 py-1 text-danger text-xs shadow-popup"
            : "block truncate text-2xs text-ink-faint"
        }
        id={`${token.id}-note`}
        role={problem ? "alert" : undefined}
      >
        {note}
      </span>
    </span>
  );
}
