import "server-only";
import { problemCodes } from "@/lib/contracts/problem";
import type { RevokeAnswer } from "@/lib/contracts/tokens";
import { seconds, withinPatience } from "../../clock";
import { DeskError, isStoreFull, loggedError, unlessFull } from "../../errors";
import { itemAt } from "../../store/operations";
import type { OperationItemTable } from "../../store/schema";
import type { Desk } from "../desk";
import { receiptOf } from "../tokens/describe";
import { driveRevocations } from "./run-revoke";

/**
 * Drives one revocation for as long as a browser waits, and tells what came of it; the worker does the rest, also where the
 * store takes no more writes: it is on record, and under way. Of a token that
 * may be meant in several ways each is an item: it is revoked when all have come to their end, and one of them to its good.
 * @throws DeskError the portal's no, or `not_found` for a value that it does not know.
 */
export async function driveAndAnswer(desk: Desk, items: OperationItemTable[]): Promise<RevokeAnswer> {
  const run = driveRevocations(desk, items, { thorough: true });
  run.catch((error: unknown) => {
    if (!isStoreFull(error))
      desk.log.error(
        { operationId: items[0]?.operation_id, ...loggedError(error) },
        "a revocation met a bug",
      );
  });
  await withinPatience(desk.clock, unlessFull(run), seconds(12));
  const current = await Promise.all(items.map(async (item) => (await itemAt(desk.db, item)) ?? item));
  const open = current.find(({ state }) => state !== "failed" && state !== "done");
  const good = open ?? current.find(({ state }) => state === "done");
  if (good) return answerOf(good);
  throw new DeskError(problemCodes.find((code) => code === current[0]?.error) ?? "portal_refused");
}

/** A revocation as it stands. */
export function answerOf(item: OperationItemTable): RevokeAnswer {
  const { accepted_at, unlisted_at, dead_at } = item;
  return {
    operationId: item.operation_id,
    state: item.state === "done" ? "revoked" : item.state === "failed" ? "failed" : "revoking",
    receipt: receiptOf({
      acceptedAt: accepted_at ?? undefined,
      unlistedAt: unlisted_at ?? undefined,
      deadAt: dead_at ?? undefined,
    }),
  };
}
