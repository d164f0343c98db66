import type { AuditAction } from "@/lib/contracts/audit";
import { findTokenForms } from "@/lib/shared/token-text";
import type { AuditFilters } from "./audit";
import { auditActionNames } from "./audit-words";

/*
 * The filters of an address, which anybody may have written. The server refuses what it cannot filter by, and then
 * shows nothing at all; so what is no good is left out here, and the page says what. A test holds these rules against
 * the contract's: its schemas are not loaded for five of them.
 */

const dateAndTime = /^(19|20|21)\d\d-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function isInstant(text: string): boolean {
  if (!dateAndTime.test(text) || Number.isNaN(Date.parse(text))) return false;
  // Date.parse takes 30 February for 2 March.
  const [year, month, date] = text.slice(0, 10).split("-").map(Number) as [number, number, number];
  return new Date(Date.UTC(year, month - 1, date)).getUTCDate() === date;
}

export const longestActor = 254;

const isText = (text: string, longest: number) =>
  text.length <= longest && !/\p{Cc}/u.test(text) && text.isWellFormed() && findTokenForms(text).length === 0;

const isGood: Record<keyof AuditFilters, (text: string) => boolean> = {
  token: (text) => isText(text, 64),
  actor: (text) => isText(text, longestActor),
  action: (text) => auditActionNames.some(({ value }) => value === text),
  from: isInstant,
  to: isInstant,
};

export type AuditSearch = {
  filters: AuditFilters;
  /** What the address has and cannot be filtered by. */
  wrong: (keyof AuditFilters)[];
};

/** Reads the filters, and which of them are none. */
export function readAuditSearch(
  search: Partial<Record<keyof AuditFilters, string | null | undefined>>,
): AuditSearch {
  const names = Object.keys(isGood) as (keyof AuditFilters)[];
  const given = (name: keyof AuditFilters) => search[name] || undefined;
  const good = (name: keyof AuditFilters) => {
    const text = given(name);
    return text !== undefined && isGood[name](text) ? text : undefined;
  };
  return {
    filters: {
      token: good("token"),
      actor: good("actor"),
      action: good("action") as AuditAction | undefined,
      from: good("from"),
      to: good("to"),
    },
    wrong: names.filter((name) => given(name) !== undefined && good(name) === undefined),
  };
}
