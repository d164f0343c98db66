"use client";

import { createContext, type ReactNode, useContext, useId, useMemo } from "react";

type FieldContext = { id: string; describedBy?: string; invalid: boolean; required: boolean };

const Context = createContext<FieldContext | null>(null);

export type FieldProps = {
  label: ReactNode;
  /** Stands under the control; says what it is for, not what went wrong. */
  hint?: ReactNode;
  error?: ReactNode;
  required?: boolean;
  /** Shown quietly behind the label, for example "optional". */
  aside?: ReactNode;
  /** The label is there for those who cannot see where the control stands. */
  hideLabel?: boolean;
  className?: string;
  children: ReactNode;
};

/** A label, its control, a hint and an error, bound together for everybody: the control inside picks the ids up. */
export function Field({
  label,
  hint,
  error,
  required = false,
  aside,
  hideLabel,
  className,
  children,
}: FieldProps) {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const describedBy = [error ? errorId : "", hint ? hintId : ""].filter(Boolean).join(" ") || undefined;
  const invalid = Boolean(error);
  const context = useMemo(
    () => ({ id, describedBy, invalid, required }),
    [id, describedBy, invalid, required],
  );
  return (
    <Context value={context}>
      <div className={className}>
        <div className={hideLabel ? "sr-only" : "mb-1.5 flex items-baseline justify-between gap-3"}>
          <label className="font-medium text-ink text-sm" htmlFor={id}>
            {label}
          </label>
          {aside ? <span className="text-ink-faint text-xs">{aside}</span> : null}
        </div>
        {children}
        {error ? (
          <p className="mt-1.5 flex gap-1.5 text-danger text-xs" id={errorId}>
            <svg aria-hidden="true" className="mt-px size-3.5 shrink-0" fill="none" viewBox="0 0 16 16">
              <circle cx="8" cy="8" r="6.25" stroke="currentColor" strokeWidth="1.5" />
              <path d="M8 4.75v4M8 11.1v.15" stroke="currentColor" strokeLinecap="round" strokeWidth="1.6" />
            </svg>
            <span>{error}</span>
          </p>
        ) : null}
        {hint ? (
          <p className="mt-1.5 text-ink-faint text-xs" id={hintId}>
            {hint}
          </p>
        ) : null}
      </div>
    </Context>
  );
}

export type ControlAria = {
  id?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
  "aria-required"?: true;
};

/** What a control takes from the field around it. A control outside of any field gets nothing. */
export function useFieldAria(): ControlAria {
  const field = useContext(Context);
  if (!field) return {};
  return {
    id: field.id,
    "aria-describedby": field.describedBy,
    "aria-invalid": field.invalid || undefined,
    "aria-required": field.required || undefined,
  };
}
