import type { Token } from "@/lib/contracts/tokens";

export const now = Date.parse("2026-03-01T12:00:00Z");
const dayMs = 86_400_000;

/** An instant so many days from the tests' now. */
export const inDays = (count: number): string => new Date(now + count * dayMs).toISOString();

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** A token id made of a number, different for different numbers. */
function idOf(number: number): string {
  let rest = number;
  let text = "";
  for (let digit = 0; digit < 26; digit += 1) {
    text = `${alphabet[rest % 32]}${text}`;
    rest = Math.floor(rest / 32);
  }
  return `tok_${text}`;
}

let next = 0;

export function makeToken(facts: Partial<Token> = {}): Token {
  next += 1;
  return {
    id: idOf(next),
    hint: "aws80:c235…c0a9",
    label: `token ${next}`,
    status: "active",
    owner: { portal: "sim", userId: "7", userName: "api-crm@example.com" },
    purpose: null,
    environment: null,
    tags: [],
    notes: null,
    integrationId: null,
    firstSeenAt: inDays(-10),
    protected: false,
    sealed: false,
    ...facts,
  };
}
