import type { Seed } from "./seed";

/** Who can sign in, as a table for a terminal: user name, roles, place, password and number of tokens. */
export function seedTable(seed: Seed): string {
  const head = ["user", "roles", "under", "password", "tokens", "first token"];
  const rows = seed.users.map((user) => [
    user.userName,
    user.roles.join(" ") + (user.enabled ? "" : " (disabled)"),
    user.parent ?? "-",
    user.password,
    String(user.tokens.length),
    user.tokens[0] ?? "-",
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
