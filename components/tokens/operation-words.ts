import { wordsForCode } from "@/lib/browser/problem-words";
import type { Operation } from "@/lib/contracts/tokens";

type Item = Operation["items"][number];

/** What an operation's own codes mean; all others are problem codes. */
const ownCodes: Record<string, string> = {
  not_minted: "The portal did not make it",
  ambiguous: "More than one new token appeared: they are in the list as unclaimed",
};

/** Why an item failed, or what its next try waits for. */
export function itemDetail(item: Item): string {
  if (item.error === undefined) return "";
  return ownCodes[item.error] ?? wordsForCode(item.error).title;
}

const mintWords: Record<Item["state"], string> = {
  pending: "Waiting",
  sending: "Being minted",
  checking: "Finding out",
  done: "Minted",
  recovered: "Found again: please confirm",
  failed: "Not minted",
};

const revokeWords: Record<Item["state"], string> = {
  pending: "Waiting",
  sending: "Revoking",
  checking: "Revoking",
  done: "Revoked",
  recovered: "Revoked",
  failed: "Not revoked",
};

/** The state of one item in words: no more than what is known. */
export function itemWords(kind: Operation["kind"], item: Item): string {
  return (kind === "mint" ? mintWords : revokeWords)[item.state];
}

export function isOpen(item: Item): boolean {
  return item.state === "pending" || item.state === "sending" || item.state === "checking";
}
