"use client";

import { clsx } from "clsx";
import { X } from "lucide-react";
import { type ChangeEvent, type ClipboardEvent, type KeyboardEvent, useRef, useState } from "react";
import { useFieldAria } from "@/components/ui/field";
import { controlClass } from "@/components/ui/input";
import { isComposing } from "@/lib/shared/composing";
import { nameKey } from "@/lib/shared/fold";
import { isolate } from "@/lib/shared/isolate";
import { longest, tidyText, typedFault } from "@/lib/shared/visible-text";

type TagsInputProps = {
  value: string[];
  onChange: (tags: string[]) => void;
  /** Tags that other tokens have. */
  known: readonly string[];
};

/** Keyboards for Chinese and Japanese have commas of their own. */
const separators = /[,，、\n]/;

/**
 * Tags as chips: Enter or a comma makes one of what is typed, Backspace in the empty field takes the last off. All of
 * what was given is kept, also what cannot be saved: the field around says what is wrong with it.
 */
export function TagsInput({ value, onChange, known }: TagsInputProps) {
  const [text, setText] = useState("");
  const { id, ...aria } = useFieldAria();
  const listId = `${id}-known`;
  const keys = new Set(value.map(nameKey));
  const field = useRef<HTMLInputElement>(null);

  const add = (typed: string) => {
    const added = typed.split(separators).flatMap((tag) => tidyText(tag) || []);
    if (added.length > 0) onChange([...new Set([...value, ...added])]);
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key === "Enter" && text.trim() !== "") {
      event.preventDefault();
      add(text);
    } else if (event.key === "Backspace" && text === "" && value.length > 0) {
      event.preventDefault();
      onChange(value.slice(0, -1));
    }
  };
  const onText = (event: ChangeEvent<HTMLInputElement>) => {
    const typed = event.target.value;
    if (separators.test(typed) && !isComposing(event)) add(typed);
    else setText(typed);
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text");
    // The field would make one line of a list.
    if (!separators.test(pasted)) return;
    event.preventDefault();
    add(`${text}${pasted}`);
  };
  return (
    <div
      className={`${controlClass} flex min-h-8 flex-wrap items-center gap-1 p-1 focus-within:border-accent`}
    >
      {value.map((tag) => (
        <span
          className={clsx(
            "inline-flex h-6 max-w-full items-center gap-0.5 rounded-sm pl-2 text-xs",
            typedFault(tag, { max: longest.tag }) === undefined ? "bg-sunken" : "bg-danger-soft text-danger",
          )}
          key={tag}
        >
          <bdi className="truncate">{tag}</bdi>
          <button
            aria-label={`Remove the tag ${isolate(tag)}`}
            className="flex size-6 items-center justify-center rounded-sm text-ink-faint hover:text-ink"
            onClick={() => {
              onChange(value.filter((other) => other !== tag));
              // The button goes, and the focus with it.
              field.current?.focus();
            }}
            type="button"
          >
            <X aria-hidden className="size-3" />
          </button>
        </span>
      ))}
      <input
        {...aria}
        autoComplete="off"
        className="h-6 min-w-20 flex-1 bg-transparent px-1.5 text-sm outline-none pointer-coarse:h-9 pointer-coarse:text-lg"
        id={id}
        list={listId}
        onBlur={() => add(text)}
        onChange={onText}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        placeholder={value.length === 0 ? "billing, eu" : undefined}
        ref={field}
        value={text}
      />
      <datalist id={listId}>
        {known
          .filter((tag) => !keys.has(nameKey(tag)))
          .map((tag) => (
            <option key={tag} value={tag} />
          ))}
      </datalist>
    </div>
  );
}
