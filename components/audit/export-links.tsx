"use client";

import { Download } from "lucide-react";
import { buttonClass } from "@/components/ui/button-class";
import { type AuditFilters, auditSearch } from "@/lib/browser/audit";

/** Plain downloads of what the filters show. */
export function ExportLinks({ filters }: { filters: AuditFilters }) {
  return (["csv", "jsonl"] as const).map((format) => (
    <a
      className={buttonClass()}
      download
      href={`/api/audit/export${auditSearch({ ...filters, format })}`}
      key={format}
      title={`What the filters show, as ${format.toUpperCase()}`}
    >
      <Download aria-hidden className="size-3.5 text-ink-faint" />
      {format.toUpperCase()}
    </a>
  ));
}
