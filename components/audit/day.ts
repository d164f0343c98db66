/*
 * The filters are instants, so that a link means the same moment everywhere; people choose days, which begin and end
 * where they are.
 */

/** The day of an instant as a date input wants it, in the reader's zone; empty for none. */
export function dayOf(instant: string | undefined): string {
  const at = new Date(instant ?? "");
  if (Number.isNaN(at.getTime())) return "";
  const two = (part: number) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The first or the last moment of a day that was chosen; null for none. */
export function edgeOfDay(day: string, edge: "start" | "end"): string | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!parts) return null;
  const [year, month, date] = parts.slice(1).map(Number) as [number, number, number];
  if (year < 1900 || year > 2199) return null;
  const at =
    edge === "start" ? new Date(year, month - 1, date) : new Date(year, month - 1, date, 23, 59, 59, 999);
  return at.toISOString();
}
