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
  if (item.acceptedAt !== undefined) return "The portal has accepted it";
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
  if (kind === "revoke" && isHeld(item)) return revokeWords.pending;
  return (kind === "mint" ? mintWords : revokeWords)[item.state];
}

export function isOpen(item: Item): boolean {
  return item.state === "pending" || item.state === "sending" || item.state === "checking";
}

/** Whether an item waits, and nothing of it is under way at the portal, as far as is known. */
const isHeld = ({ state, error, acceptedAt, retryAfter }: Item): boolean =>
  state === "checking" &&
  retryAfter !== undefined &&
  acceptedAt === undefined &&
  (error === undefined || error === "portal_limited");

/** Whether any of it waits for its turn at the portal: then what was done until now tells nothing of the rest. */
export const isHeldBack = ({ items }: Operation): boolean => items.some(isHeld);

/** Why nothing is under way, what the desk does next, and in how many seconds. */
type Pause = { so: string; act: string; seconds: number };

/** What a bulk revocation waits for; undefined while anything of it is under way, or where it waits for a person. */
export function pauseOf({ kind, items, waitingFor }: Operation): Pause | undefined {
  const open = items.filter(isOpen);
  const waits = open.flatMap(({ retryAfter }) => retryAfter ?? []);
  // Who waits to be begun waits for the portal too, where others do; what is being sent, or looked for, does not.
  const waitsToo = open.filter(({ state }) => state === "pending").length;
  if (
    kind !== "revoke" ||
    waitingFor !== undefined ||
    waits.length === 0 ||
    waits.length + waitsToo < open.length
  )
    return undefined;
  const seconds = Math.min(...waits);
  const isAny = (code: string) => open.some(({ error, retryAfter }) => error === code && retryAfter);
  if (isAny("portal_limited"))
    return { so: "Calls to the portal are on hold.", act: "The desk goes on", seconds };
  if (isAny("portal_unavailable"))
    return { so: "The portal is not available at the moment.", act: "The desk tries again", seconds };
  if (waitsToo > 0 || open.some(({ acceptedAt }) => acceptedAt === undefined)) return undefined;
  return { so: "The portal has accepted the rest.", act: "The desk checks again", seconds };
}
