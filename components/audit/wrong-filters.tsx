"use client";

import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import type { AuditFilters } from "@/lib/browser/audit";

const words: Record<keyof AuditFilters, string> = {
  token: "“Token” is no id",
  actor: "“Who” is no name",
  action: "“What” is nothing that the trail knows",
  from: "“From” is no date",
  to: "“To” is no date",
};

type WrongFiltersProps = { wrong: (keyof AuditFilters)[]; onClear: () => void };

/** Said rather than passed over: whoever followed a link would take the whole trail for what it was to show. */
export function WrongFilters({ wrong, onClear }: WrongFiltersProps) {
  if (wrong.length === 0) return null;
  return (
    <Banner
      action={
        <Button onClick={onClear} size="sm">
          Clear the filters
        </Button>
      }
      announce
      title={
        wrong.length === 1 ? "A filter of this address is left out" : "Filters of this address are left out"
      }
      tone="warn"
    >
      {wrong.map((name) => words[name]).join("; ")}. Choose anew, or clear the filters.
    </Banner>
  );
}
