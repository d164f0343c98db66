import "server-only";
import { problemCodes } from "@/lib/contracts/problem";
import type { RevokeAnswer } from "@/lib/contracts/tokens";
import { seconds, withinPatience } from "../../clock";
import { DeskError, loggedError } from "../../errors";
import { itemAt } from "../../store/operations";
import type { OperationItemTable } from "../../store/schema";
import type { Desk } from "../desk";
import { receiptOf } from "../tokens/describe";
import { driveRevocations } from "./run-revoke";

/**
 * Drives one revocation for as long as a browser waits, and tells what came of it; the worker does the rest.
 * @throws DeskError the portal's no, or `not_found` for a value that it does not know.
 */
export async function driveAndAnswer(desk: Desk, item: OperationItemTable): Promise<RevokeAnswer> {
  const run = driveRevocations(desk, [item], { thorough: true });
  run.catch((error: unknown) =>
    desk.log.error({ operationId: item.operation_id, ...loggedError(error) }, "a revocation met a bug"),
  );
  await withinPatience(desk.clock, run, seconds(12));
  const current = (await itemAt(desk.db, item)) ?? item;
  if (current.state === "failed")
    throw new DeskError(problemCodes.find((code) => code === current.error) ?? "portal_refused");
  return answerOf(current);
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
