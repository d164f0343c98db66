"use client";

import { type ClipboardEvent, type DragEvent, type ReactNode, useRef, useState } from "react";
import { tokenHint } from "@/lib/shared/token-hint";
import { mayBeOddToken, readTokenText } from "@/lib/shared/token-text";
import { Field } from "./field";
import { SecretInput, type SecretInputProps } from "./secret-input";

type Problem = "missing" | "none" | "several" | "odd" | "other" | "long";

const problemWords: Record<Problem, string> = {
  missing: "Paste the token",
  none: "There is no token in this. Copy all of it: aws80: and five groups of digits and letters.",
  several: "There are several tokens in this. Paste the one that you mean.",
  odd: "This does not look like a token.",
  other: "This is another token, not the one that you are about to revoke.",
  long: "This is too long. Paste the token alone.",
};

const longestText = 20_000;

/** What is sent of a field that takes a token; the server takes the token out of the text once more. */
export type PastedToken = { token: string; asIs?: true };

/** Reads such a field before anything is sent. */
export function usePastedToken() {
  const [problem, setProblem] = useState<Problem | null>(null);
  const last = useRef("");
  const accepted = useRef<string | null>(null);

  /**
   * What to send; nothing where a person has to look at it first.
   * @param hint of the only token that it may be.
   */
  const read = (text: string, hint?: string): PastedToken | undefined => {
    last.current = text;
    const found = problemOf(text, hint, text === accepted.current);
    setProblem(found);
    if (found) return undefined;
    return text === accepted.current ? { token: text, asIs: true } : { token: text };
  };
  /** The second press, for this text alone: it is a token of a form that nobody foresaw. */
  const accept = () => {
    accepted.current = last.current;
  };
  return { problem, read, accept, clear: () => setProblem(null) };
}

function problemOf(text: string, hint: string | undefined, isAccepted: boolean): Problem | null {
  if (text.trim() === "") return "missing";
  if (text.length > longestText) return "long";
  const found = readTokenText(text);
  if (found.found === "several") return "several";
  if (found.found === "none" && !isAccepted) return mayBeOddToken(text) ? "odd" : "none";
  const readings = found.found === "one" ? found.readings : [text.trim()];
  return hint === undefined || readings.some((value) => tokenHint(value) === hint) ? null : "other";
}

type TokenFieldProps = Omit<SecretInputProps, "noun" | "mono" | "autoComplete"> & {
  label: string;
  hint?: ReactNode;
  /** What the server said of it. */
  error?: ReactNode;
  pasted: ReturnType<typeof usePastedToken>;
  /** Sends the form again, after the second press. */
  onAgain: () => void;
};

/** Takes a token: out of whatever is pasted or dropped, so that what is hidden is what was meant. */
export function TokenField({ label, hint, error, pasted, onAgain, ...rest }: TokenFieldProps) {
  const { problem, accept, clear } = pasted;
  const [taken, setTaken] = useState<string | null>(null);
  const put = (event: ClipboardEvent<HTMLInputElement> | DragEvent<HTMLInputElement>, data: DataTransfer) => {
    const text = data.getData("text");
    if (text === "") return;
    event.preventDefault();
    const found = text.length > longestText ? undefined : readTokenText(text);
    const one = found?.found === "one" ? found : undefined;
    fill(event.currentTarget, one?.written, text);
    if (one) setTaken(tokenHint(one.readings[0]));
  };
  return (
    <Field
      error={
        problem === null ? (
          error
        ) : (
          <>
            {problemWords[problem]}
            {problem === "odd" ? (
              <>
                {" "}
                <button
                  className="inline-flex min-h-6 items-center rounded-sm font-medium underline underline-offset-3 pointer-coarse:min-h-11"
                  onClick={(event) => {
                    accept();
                    // The button goes, and the focus with it.
                    event.currentTarget.closest("div")?.querySelector("input")?.focus();
                    onAgain();
                  }}
                  type="button"
                >
                  Use it as it is
                </button>
              </>
            ) : null}
          </>
        )
      }
      hint={
        taken === null ? (
          hint
        ) : (
          <>
            The token is <span className="font-mono">{taken}</span>. {hint}
          </>
        )
      }
      label={label}
    >
      <SecretInput
        mono
        noun="token"
        onInput={() => {
          clear();
          setTaken(null);
        }}
        onDrop={(event) => put(event, event.dataTransfer)}
        onPaste={(event) => put(event, event.clipboardData)}
        {...rest}
      />
    </Field>
  );
}

/**
 * Types for whoever pasted, so that it can be undone: the token in place of all, or the text where the cursor is. A field of
 * one line would join what stood on two.
 */
function fill(input: HTMLInputElement, token: string | undefined, text: string): void {
  input.focus();
  if (token !== undefined) input.select();
  // Nothing else keeps the browser's own undoing.
  document.execCommand("insertText", false, token ?? text.replace(/[\r\n]+/g, " "));
}
