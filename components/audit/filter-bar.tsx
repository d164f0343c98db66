"use client";

import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { AuditFilters } from "@/lib/browser/audit";
import { longestActor } from "@/lib/browser/audit-search";
import { auditActionNames } from "@/lib/browser/audit-words";
import type { AuditAction } from "@/lib/contracts/audit";
import { findTokenForms } from "@/lib/shared/token-text";
import { tooLong } from "@/lib/shared/visible-text";
import type { FilterPatch } from "./audit-filters";
import { dayOf, edgeOfDay } from "./day";

type FilterBarProps = {
  filters: AuditFilters;
  onChange: (patch: FilterPatch) => void;
  onClear: () => void;
};

const typingPauseMs = 350;

export function FilterBar({ filters, onChange, onClear }: FilterBarProps) {
  const active = Object.values(filters).some(Boolean);
  return (
    <search className="grid grid-cols-2 items-end gap-2 sm:flex sm:flex-wrap">
      <ActorField onChange={onChange} value={filters.actor ?? ""} />
      <Field className="col-span-2 sm:w-48" label="What">
        <Select
          onChange={(event) => onChange({ action: (event.target.value || null) as AuditAction | null })}
          options={[{ value: "", label: "Everything" }, ...auditActionNames]}
          value={filters.action ?? ""}
        />
      </Field>
      <DayField
        label="From"
        onDay={(day) => onChange({ from: edgeOfDay(day, "start") })}
        value={dayOf(filters.from)}
      />
      <DayField
        label="To"
        onDay={(day) => onChange({ to: edgeOfDay(day, "end") })}
        value={dayOf(filters.to)}
      />
      {filters.token ? (
        <Button
          aria-label="Show all tokens again"
          className="max-w-56 self-end font-mono"
          icon={<X aria-hidden className="size-3.5 text-ink-faint" />}
          onClick={(event) => {
            event.currentTarget.closest("search")?.querySelector("input")?.focus();
            onChange({ token: null });
          }}
        >
          <span className="truncate">{filters.token}</span>
        </Button>
      ) : null}
      {active ? (
        <Button className="self-end" onClick={onClear} variant="ghost">
          Clear
        </Button>
      ) : null}
    </search>
  );
}

type DayFieldProps = { label: string; value: string; onDay: (day: string) => void };

/** A year that is being typed begins as 0002: that stays in the field, and filters by nothing yet. */
function DayField({ label, value, onDay }: DayFieldProps) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    setText(value);
  }
  return (
    <Field className="sm:w-36" label={label}>
      <Input
        onBlur={() => setText(value)}
        onChange={({ target }) => {
          setText(target.value);
          if (target.value === "" || edgeOfDay(target.value, "start") !== null) onDay(target.value);
        }}
        type="date"
        value={text}
      />
    </Field>
  );
}

function actorFault(text: string): string | undefined {
  if (findTokenForms(text).length > 0)
    return "That is a token, not a name. The search on the Tokens page says whose it is.";
  return text.length > longestActor ? tooLong(text.length, longestActor) : undefined;
}

/** Typed text goes into the address when the typing rests. */
function ActorField({ value, onChange }: { value: string; onChange: (patch: FilterPatch) => void }) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    setText(value);
  }
  const fault = actorFault(text.trim());
  useEffect(() => {
    if (text.trim() === value || fault !== undefined) return;
    const timer = setTimeout(() => onChange({ actor: text.trim() || null }), typingPauseMs);
    return () => clearTimeout(timer);
  }, [text, value, fault, onChange]);
  return (
    <Field className="col-span-2 sm:w-60" error={fault} label="Who">
      <Input
        autoCapitalize="off"
        autoComplete="off"
        leading={<Search aria-hidden className="size-3.5" />}
        onChange={(event) => setText(event.target.value)}
        placeholder="Portal user"
        spellCheck={false}
        value={text}
      />
    </Field>
  );
}
