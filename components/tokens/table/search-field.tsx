"use client";

import { Search, X } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, type Ref, useState } from "react";
import { IconButton } from "@/components/ui/icon-button";
import { Input } from "@/components/ui/input";
import { Kbd } from "@/components/ui/kbd";
import { Spinner } from "@/components/ui/spinner";
import { isComposing } from "@/lib/shared/composing";
import { readTokenText } from "@/lib/shared/token-text";

type SearchFieldProps = {
  query: string;
  onQuery: (text: string) => void;
  /** A text with a token in it was pasted or typed. It must not be kept. */
  onToken: (text: string) => void;
  identifying: boolean;
  /** From the search on to the first row. */
  onLeave: () => void;
  ref: Ref<HTMLInputElement>;
};

/**
 * Finds tokens by what people know of them. A whole token never becomes text in the field: it is handed on at once,
 * and the field stays empty.
 */
export function SearchField({ query, onQuery, onToken, identifying, onLeave, ref }: SearchFieldProps) {
  const [focused, setFocused] = useState(false);

  const onPaste = (event: ClipboardEvent) => {
    // As it was copied: the field would join its lines.
    const text = event.clipboardData.getData("text");
    if (readTokenText(text).found === "none") return;
    event.preventDefault();
    onToken(text);
  };
  const onText = (text: string) => (readTokenText(text).found === "none" ? onQuery(text) : onToken(text));
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key === "Escape" && query !== "") {
      event.preventDefault();
      onQuery("");
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      onLeave();
    }
  };

  const trailing = identifying ? (
    <Spinner className="mr-1.5 text-ink-faint" />
  ) : query !== "" ? (
    <IconButton
      className="pointer-coarse:size-9"
      icon={<X aria-hidden className="size-3.5" />}
      label="Clear the search"
      onClick={() => onQuery("")}
      size="sm"
      tooltip={false}
    />
  ) : focused ? null : (
    <Kbd className="mr-1.5 pointer-coarse:hidden">/</Kbd>
  );

  return (
    <Input
      aria-label="Search tokens, or paste one to see which it is"
      autoCapitalize="off"
      autoComplete="off"
      autoCorrect="off"
      enterKeyHint="search"
      leading={<Search aria-hidden className="size-4" strokeWidth={1.75} />}
      onBlur={() => setFocused(false)}
      onChange={(event) => onText(event.target.value)}
      onFocus={() => setFocused(true)}
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      placeholder="Search, or paste a token"
      ref={ref}
      role="searchbox"
      spellCheck={false}
      trailing={trailing}
      value={query}
    />
  );
}
