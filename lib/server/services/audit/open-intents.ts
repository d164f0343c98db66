import "server-only";
import type { AuditBody } from "../../store/audit";

/** An entry as its number and what it says. */
export type SaidEntry = { seq: number; body: AuditBody };

/** One mint is one intent for all of its tokens; everything else is asked for, and ends, token by token. */
const keyOf = ({ action, operationId, target }: AuditBody): string =>
  action === "token.mint" || action === "token.recover"
    ? `${operationId}`
    : `${operationId} ${target?.tokenId}`;

const countOf = ({ detail }: AuditBody): number => (typeof detail?.count === "number" ? detail.count : 1);

/**
 * Finds what was asked for and has not ended: intents without as many outcomes. Entries may come in either order;
 * outcomes whose intent is not among them, as in a part of a trail, do not count.
 */
export function findOpenIntents() {
  const open = new Map<string, { left: number; intents: SaidEntry[] }>();
  return {
    see(entry: SaidEntry): void {
      const { body } = entry;
      if (body.operationId === undefined) return;
      const key = keyOf(body);
      const known = open.get(key) ?? { left: 0, intents: [] };
      const isIntent = body.result === "intent";
      const left = known.left + (isIntent ? countOf(body) : -countOf(body));
      if (left === 0) open.delete(key);
      else open.set(key, { left, intents: isIntent ? [...known.intents, entry] : known.intents });
    },
    /** Newest first. */
    end: (): SaidEntry[] =>
      [...open.values()]
        .flatMap(({ left, intents }) => (left > 0 ? intents : []))
        .sort((one, other) => other.seq - one.seq),
  };
}
