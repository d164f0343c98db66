"use client";

import { type ReactNode, useEffect, useRef } from "react";
import { Banner } from "@/components/ui/banner";
import { NextStep } from "@/components/ui/countdown";
import { ApiError, type ApiErrorCode } from "@/lib/browser/api";
import { outcomeIsUnknown } from "@/lib/browser/outcome";
import { type ProblemWords, problemWords } from "@/lib/browser/problem-words";

type ProblemBannerProps = {
  error: unknown;
  /** What has not happened, in words ("Not revoked"): said where that is certain. */
  undone?: string;
  /** What a code means here, where the usual words would mislead. */
  words?: Partial<Record<ApiErrorCode, ProblemWords>>;
  /** What else is to be done about it. */
  children?: ReactNode;
};

/** What went wrong with a form, above its buttons; the form stays as it is. Nothing while nothing is wrong. */
export function ProblemBanner({ error, undone, words: ownWords, children }: ProblemBannerProps) {
  const banner = useRef<HTMLDivElement>(null);
  // It stands at the end of a form that may be higher than its dialog: out of sight, the press would seem to do nothing.
  useEffect(() => {
    if (error) banner.current?.scrollIntoView({ block: "nearest" });
  }, [error]);
  if (error === null || error === undefined) return null;
  const own = error instanceof ApiError ? ownWords?.[error.code] : undefined;
  const words = own ?? problemWords(error);
  const isUndone = undone !== undefined && error instanceof ApiError && !outcomeIsUnknown(error);
  const fields = error instanceof ApiError ? (error.problem?.errors ?? []) : [];
  return (
    <Banner announce ref={banner} title={isUndone ? `${undone}. ${words.title}` : words.title} tone="warn">
      <NextStep {...words} answer={error} />
      {fields.length > 0 ? (
        <ul className="mt-1 list-disc pl-4">
          {fields.map((field) => (
            <li key={`${field.path} ${field.message}`}>{field.message}</li>
          ))}
        </ul>
      ) : null}
      {children}
    </Banner>
  );
}
