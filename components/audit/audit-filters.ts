"use client";

import { parseAsString, useQueryStates } from "nuqs";
import { useEffect, useMemo } from "react";
import type { AuditFilters } from "@/lib/browser/audit";
import { type AuditSearch, readAuditSearch } from "@/lib/browser/audit-search";
import { findTokenForms } from "@/lib/shared/token-text";

const parsers = {
  token: parseAsString,
  actor: parseAsString,
  action: parseAsString,
  from: parseAsString,
  to: parseAsString,
};

export type FilterPatch = { [Name in keyof AuditFilters]?: AuditFilters[Name] | null };

/** The filters, as the address has them: a view of the trail can be kept and passed on. */
export function useAuditFilters(): AuditSearch & {
  change: (patch: FilterPatch) => void;
  clear: () => void;
} {
  const [state, setState] = useQueryStates(parsers, { history: "push", shallow: true });
  const search = useMemo(() => readAuditSearch(state), [state]);
  useEffect(() => {
    // Somebody put a token into the address: at least it does not stay there.
    for (const [name, text] of Object.entries(state))
      if (text && findTokenForms(text).length > 0) void setState({ [name]: null }, { history: "replace" });
  }, [state, setState]);
  return {
    ...search,
    change: (patch) => void setState(patch),
    clear: () => void setState(null),
  };
}
