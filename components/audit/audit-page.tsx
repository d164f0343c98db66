"use client";

import { useRef } from "react";
import { PageHeader } from "@/components/ui/page-header";
import { useAudit } from "@/lib/browser/audit";
import { useAuditFilters } from "./audit-filters";
import { ChainState } from "./chain-state";
import { ExportLinks } from "./export-links";
import { FilterBar } from "./filter-bar";
import { Trail } from "./trail";
import { WrongFilters } from "./wrong-filters";

/** Who did what to which token, from where, and what came of it. */
export function AuditPage() {
  const { filters, wrong, change, clear } = useAuditFilters();
  const query = useAudit(filters);
  const page = useRef<HTMLDivElement>(null);
  // The button that clears goes, and the focus with it.
  const startAnew = () => {
    clear();
    page.current?.querySelector<HTMLElement>("search input")?.focus();
  };
  const filtered = Object.values(filters).some(Boolean);
  return (
    <div className="grid max-w-6xl grid-cols-1 gap-5" ref={page}>
      <PageHeader
        actions={<ExportLinks filters={filters} />}
        description="Everything that happened to the tokens you may see. Each entry is chained to the one before; nothing can be changed or taken out without showing."
        title="Audit trail"
      />
      <ChainState onChange={change} />
      <FilterBar filters={filters} onChange={change} onClear={startAnew} />
      <WrongFilters onClear={startAnew} wrong={wrong} />
      <Trail filtered={filtered} onChange={change} onClear={startAnew} query={query} />
    </div>
  );
}
