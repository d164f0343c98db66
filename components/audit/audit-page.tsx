"use client";

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
  const filtered = Object.values(filters).some(Boolean);
  return (
    <div className="grid max-w-6xl grid-cols-1 gap-5">
      <PageHeader
        actions={<ExportLinks filters={filters} />}
        description="Everything that happened to the tokens you may see. Each entry is chained to the one before; nothing can be changed or taken out without showing."
        title="Audit trail"
      />
      <ChainState onChange={change} />
      <FilterBar filters={filters} onChange={change} onClear={clear} />
      <WrongFilters onClear={clear} wrong={wrong} />
      <Trail filtered={filtered} onChange={change} onClear={clear} query={query} />
    </div>
  );
}
