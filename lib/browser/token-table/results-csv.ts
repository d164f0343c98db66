export type ResultRow = { name: string; tokenId: string; outcome: string; detail: string };

/**
 * The results of an operation as CSV (RFC 4180). A text that a spreadsheet would run as a formula is disarmed with an
 * apostrophe: names are typed by people, and the file is opened by others.
 */
export function resultsCsv(rows: readonly ResultRow[]): string {
  const lines = [["name", "token", "outcome", "detail"]];
  for (const row of rows) lines.push([row.name, row.tokenId, row.outcome, row.detail]);
  return `${lines.map((cells) => cells.map(cell).join(",")).join("\r\n")}\r\n`;
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
