"use client";

import { parseAsString, parseAsStringEnum, useQueryStates } from "nuqs";
import type { AuditFilters } from "@/lib/browser/audit";
import { auditActionNames } from "@/lib/browser/audit-words";
import type { AuditAction } from "@/lib/contracts/audit";

const actionValues: AuditAction[] = auditActionNames.map(({ value }) => value);

const parsers = {
  token: parseAsString,
  actor: parseAsString,
  action: parseAsStringEnum<AuditAction>(actionValues),
  from: parseAsString,
  to: parseAsString,
};

export type FilterPatch = { [Name in keyof AuditFilters]?: AuditFilters[Name] | null };

/** The filters, as the address has them: a view of the trail can be kept and passed on. */
export function useAuditFilters(): {
  filters: AuditFilters;
  change: (patch: FilterPatch) => void;
  clear: () => void;
} {
  const [state, setState] = useQueryStates(parsers, { history: "push", shallow: true });
  const filters: AuditFilters = {
    token: state.token ?? undefined,
    actor: state.actor ?? undefined,
    action: state.action ?? undefined,
    from: state.from ?? undefined,
    to: state.to ?? undefined,
  };
  return {
    filters,
    change: (patch) => void setState(patch),
    clear: () => void setState(null),
  };
}
