"use client";

import { useDeferredValue, useMemo, useState } from "react";
import { type NameClash, useNameClash, useNamesInUse } from "@/lib/browser/name-clash";
import {
  firstFree,
  isNumbered,
  mostFrom,
  namesByPattern,
  numbersInUse,
  patternFault,
} from "@/lib/shared/numbered-names";
import { findTokenForms } from "@/lib/shared/token-text";
import { longest, tidyText, typedFault } from "@/lib/shared/visible-text";

/** What is typed for many names, and what comes of it. */
export type NumberingState = {
  text: string;
  setText: (text: string) => void;
  /** Undefined where the names want no number. */
  fromText: string | undefined;
  setFromText: (text: string) => void;
  /** The first number is the desk's choice, since lower ones would be names that are in use. */
  goesOn: boolean;
  pattern: string;
  from: number;
  /** In the order of the tokens; none while what is typed is no good. */
  names: string[];
  /** Beside each name the one in use that it is, or differs from by padding alone. */
  takenBy: (string | undefined)[];
  clash: NameClash;
  fault: { pattern?: string; from?: string };
};

/** Until somebody says where to start, counting goes on after the names of this pattern that are in use. */
export function useNumbering(count: number): NumberingState {
  const [text, setText] = useState("");
  const [chosen, setFromText] = useState<string | null>(null);
  const inUse = useNamesInUse();
  const pattern = tidyText(text);
  const numbered = isNumbered(pattern, count);
  const numbers = useMemo(
    () => (numbered ? numbersInUse(pattern, inUse) : new Map<number, string>()),
    [numbered, pattern, inUse],
  );
  const free = firstFree(count, numbers);
  const from = chosen === null ? free : Number(chosen);
  const fromFault =
    chosen === null || (/^\d+$/.test(chosen.trim()) && from <= mostFrom)
      ? undefined
      : chosen.trim() === ""
        ? "Type a number"
        : `A whole number, ${mostFrom.toLocaleString("en")} at most`;
  const fault = {
    pattern:
      typedFault(text, { max: longest.label }) ??
      (fromFault ? undefined : patternFault({ pattern, from }, count)) ??
      (hasTokenForm(pattern, fromFault ? 1 : from, count)
        ? "This has the form of a token: take it out"
        : undefined),
    from: fromFault,
  };
  const isGood = pattern !== "" && !fault.pattern && !fault.from;
  const names = useMemo(
    () => (isGood ? namesByPattern({ pattern, from }, count) : []),
    [isGood, pattern, from, count],
  );
  // Looking a thousand names up may follow a moment after the letters.
  const { taken, alike } = useNameClash(useDeferredValue(names));
  const takenBy = names.map((_, index) => (numbered ? numbers.get(from + index) : taken[0]));
  const takenNames = takenBy.flatMap((name) => name ?? []);
  return {
    text,
    setText,
    fromText: numbered ? (chosen ?? String(free)) : undefined,
    setFromText,
    goesOn: chosen === null && free > 1,
    pattern,
    from,
    names,
    takenBy,
    clash: { taken: takenNames, alike: takenNames.length > 0 ? undefined : alike },
    fault,
  };
}

/** Whether the names would show a token, also one that a number completes: none is put into every row of a preview. */
function hasTokenForm(pattern: string, from: number, count: number): boolean {
  if (pattern.length > longest.label) return false;
  const [first = ""] = namesByPattern({ pattern, from }, count);
  return findTokenForms(pattern).length > 0 || findTokenForms(first).length > 0;
}
