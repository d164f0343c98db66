"use client";

import { Banner } from "@/components/ui/banner";
import { ApiError } from "@/lib/browser/api";
import { problemWords } from "@/lib/browser/problem-words";

/** What went wrong with a form, above its buttons; the form stays as it is. Nothing while nothing is wrong. */
export function ProblemBanner({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  const words = problemWords(error);
  const fields = error instanceof ApiError ? (error.problem?.errors ?? []) : [];
  return (
    <Banner announce title={words.title} tone="warn">
      {words.next}
      {fields.length > 0 ? (
        <ul className="mt-1 list-disc pl-4">
          {fields.map((field) => (
            <li key={`${field.path} ${field.message}`}>{field.message}</li>
          ))}
        </ul>
      ) : null}
    </Banner>
  );
}
