import type { Token } from "@/lib/contracts/tokens";

const maxLength = 120;

/**
 * The names of `count` tokens minted at once: the label itself for one, else with numbers, padded so that they
 * sort. A long label gives way to its number, at a whole character.
 */
export function numberedNames(label: string, count: number): string[] {
  if (count <= 1) return [label];
  const digits = String(count).length;
  return Array.from({ length: count }, (_, index) => {
    const suffix = ` ${String(index + 1).padStart(digits, "0")}`;
    return `${cut(label, maxLength - suffix.length)}${suffix}`;
  });
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const short = text.slice(0, length);
  return (short.isWellFormed() ? short : short.slice(0, -1)).trimEnd();
}

/** Which of these names a token that still lives already carries; case and outer white space do not tell names apart. */
export function takenNames(
  names: readonly string[],
  tokens: readonly Pick<Token, "label" | "status">[],
): string[] {
  const inUse = new Set<string>();
  for (const token of tokens) {
    if (token.label && token.status !== "revoked" && token.status !== "disappeared") {
      inUse.add(token.label.trim().toLowerCase());
    }
  }
  return names.filter((name) => inUse.has(name.trim().toLowerCase()));
}
