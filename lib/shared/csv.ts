/** Goes first in a file: it tells spreadsheets that this is UTF-8. */
export const byteOrderMark = "\uFEFF";

/**
 * Where a text would begin a formula, signs of full width too: at its own beginning, and behind whatever else a spreadsheet
 * may take for the end of a cell, with blanks and quotation marks between. Beginnings that some drop are marked as well.
 */
const ends = "\\t\\r\\n\\v\\u0085\\u2028\\u2029";
const formulas = new RegExp(
  `(?<=^|[;${ends}])(?=(?:(?![${ends}])[\\p{C}\\p{Z}"])*[=+\\-@＝＋－＠﹦﹢﹣﹫−])|^(?=[\\t\\r\\n])`,
  "gu",
);

/** What would end a cell that has no quotation marks around it. */
const parted = new RegExp(`[",;${ends}]`);

/**
 * A line of a CSV file (RFC 4180), with its end. Whether it is read with commas, semicolons or tabs between the cells, none
 * of them is a formula (OWASP, "CSV Injection"): an apostrophe stands before each. Numbers are ours, and stay numbers.
 */
export function csvLine(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map(written).join(",")}\r\n`;
}

function written(cell: string | number | undefined): string {
  if (typeof cell !== "string") return String(cell ?? "");
  const text = cell.replace(formulas, "'");
  return parted.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
