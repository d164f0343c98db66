"use client";

import { clsx } from "clsx";
import { ArrowRight } from "lucide-react";
import { type FocusEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { useNameClash } from "@/lib/browser/name-clash";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { usePatchToken } from "@/lib/browser/tokens";
import type { Token } from "@/lib/contracts/tokens";
import { isComposing } from "@/lib/shared/composing";
import { isolate } from "@/lib/shared/isolate";
import { longest, tidyText, typedFault } from "@/lib/shared/visible-text";
import { faultOfSave, type NameDraft, type NameFault } from "./name-drafts";
import type { NamingHandlers } from "./use-naming";

type InlineNameProps = {
  token: Token;
  /** What could not be saved before; the field then stands open without anybody in it. */
  draft?: NameDraft;
  editing: boolean;
  /** Another token is to be named after this one. */
  hasNext: boolean;
  onEdit: (id: string) => void;
  handlers: NamingHandlers;
};

/**
 * Naming in place. Enter saves and Esc leaves the name as it was. For an unclaimed token this is claiming it, and Enter
 * goes on to the next one at once: its name is saved meanwhile.
 */
export function InlineName({ token, draft, editing, hasNext, onEdit, handlers }: InlineNameProps) {
  const { id } = token;
  const [text, setText] = useState(draft?.text ?? token.label ?? "");
  const [problem, setProblem] = useState<NameFault | null>(draft ?? null);
  // What it was called before anybody typed: somebody else may name it meanwhile, and must not lose that unseen.
  const [seen, setSeen] = useState(draft ? draft.was : token.label);
  const was = problem?.named ? token.label : seen;
  const patch = usePatchToken();
  const { withStepUp } = useStepUp();
  const field = useRef<HTMLInputElement>(null);
  const name = tidyText(text);
  // A name from before may be none that could be given today: it stays as it is, unless somebody changes it.
  const isAsItWas = [text, name].includes(token.label ?? "");
  const goesOn = token.label === null && hasNext;
  const { taken, alike } = useNameClash([name], id);

  // Before anything else can have the focus: what is typed meanwhile would be keys of a row.
  useLayoutEffect(() => {
    if (!editing || document.activeElement === field.current) return;
    field.current?.focus();
    field.current?.select();
  }, [editing]);

  const faultOf = (): NameFault | null => {
    const fault = typedFault(name, { max: longest.label, required: "Give it a name" });
    return fault === undefined ? null : { problem: fault };
  };

  const save = async () => {
    if (patch.isPending) return;
    // A recovered token is confirmed by saving the name that it has.
    if (isAsItWas && !token.recovered) return handlers.done(id, true);
    const fault = faultOf();
    setProblem(fault);
    if (fault !== null) return;
    try {
      await withStepUp(() => patch.mutateAsync({ id, patch: { label: name, was } }));
      handlers.done(id, true);
    } catch (error) {
      if (error instanceof StepUpCancelled) return;
      setProblem(faultOfSave(error));
    }
  };

  const goOn = () => {
    const fault = name === "" ? null : faultOf();
    setProblem(fault);
    if (fault !== null) return;
    if (name !== "") handlers.save(id, name, was);
    handlers.next(id);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (isComposing(event)) return;
    if (event.key === "Enter") {
      event.preventDefault();
      // A key that is held down must not run through the list.
      if (goesOn) return event.repeat ? undefined : goOn();
      void save();
    } else if (event.key === "Escape") {
      event.preventDefault();
      handlers.done(id, true);
    }
  };

  const onBlur = ({ relatedTarget }: FocusEvent) => {
    // A question above the page gives the focus back: nothing is decided by it.
    if (patch.isPending || relatedTarget?.closest("[role=dialog], [role=alertdialog]")) return;
    if (problem === null && (name === "" || isAsItWas)) return handlers.done(id, false);
    const fault = problem ?? faultOf();
    setProblem(fault);
    if (fault !== null) return handlers.keep(id, { text, was: seen, ...fault });
    handlers.save(id, name, was);
    handlers.done(id, false);
  };

  const clash =
    taken.length > 0
      ? "Another token has this name"
      : alike !== undefined && (
          <>
            Looks like “<bdi>{alike}</bdi>”, another token
          </>
        );
  const why =
    problem?.named && token.label !== null && token.label !== seen ? (
      <NamedMeanwhile name={token.label} />
    ) : (
      problem?.problem
    );
  const note = why ?? (clash || <KeyWords goesOn={goesOn} isEmpty={name === ""} />);
  return (
    <span className="relative block w-full min-w-0">
      <Input
        aria-describedby={`${id}-note`}
        aria-invalid={problem ? true : undefined}
        aria-label={
          token.label === null ? `A name for ${token.hint}` : `New name for ${isolate(token.label)}`
        }
        autoComplete="off"
        className="h-7"
        enterKeyHint={goesOn ? "next" : "done"}
        onBlur={onBlur}
        onChange={(event) => {
          setText(event.target.value);
          handlers.typed(id, event.target.value);
          // The name that it has by now has been read.
          setSeen(was);
          setProblem(null);
        }}
        onFocus={() => {
          if (!editing) onEdit(id);
        }}
        onKeyDown={onKeyDown}
        placeholder="What is it for?"
        readOnly={patch.isPending}
        ref={field}
        // Always something, if empty: a field with nothing behind it is another element, and a new one has no focus.
        trailing={
          <span>
            {patch.isPending ? (
              <Spinner className="mr-1.5" />
            ) : goesOn ? (
              <IconButton
                className="pointer-coarse:w-9"
                icon={<ArrowRight aria-hidden className="size-3.5" />}
                label={name === "" ? "Skip to the next" : "Save and go to the next"}
                onClick={goOn}
                // The field keeps the focus, and a phone its keyboard.
                onMouseDown={(event) => event.preventDefault()}
                size="sm"
                tabIndex={-1}
              />
            ) : null}
          </span>
        }
        value={text}
      />
      <span
        className={
          problem && editing
            ? // All of it, above the next row: a row has no room for what went wrong and what to do about it. Only while one is
              // here, since the next row may have the field that one types in.
              "absolute top-full left-0 z-10 mt-1 w-full rounded-sm border border-danger-line bg-danger-soft px-2 py-1 text-danger text-xs shadow-popup"
            : clsx("block truncate text-2xs", problem ? "text-danger" : "text-ink-faint")
        }
        id={`${id}-note`}
        role={problem ? "alert" : undefined}
        title={problem && !editing ? problem.problem : undefined}
      >
        {problem && !editing ? "Not saved: " : null}
        {note}
      </span>
    </span>
  );
}

function NamedMeanwhile({ name }: { name: string }) {
  return (
    <>
      Somebody has named it “<bdi>{name}</bdi>” meanwhile. Save it again to give it yours instead.
    </>
  );
}

/** What the keys do. On a screen that is touched there is no Esc. */
function KeyWords({ goesOn, isEmpty }: { goesOn: boolean; isEmpty: boolean }) {
  const [keys, touch] = !goesOn
    ? ["Enter saves · Esc cancels", "Tap elsewhere to save"]
    : isEmpty
      ? ["Enter skips it · Esc stops", "The arrow skips it"]
      : ["Enter for the next · Esc stops", "The arrow saves and goes to the next"];
  return (
    <>
      <span className="pointer-coarse:hidden">{keys}</span>
      <span className="hidden pointer-coarse:inline">{touch}</span>
    </>
  );
}
