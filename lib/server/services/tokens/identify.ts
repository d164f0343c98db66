import "server-only";
import type { IdentifyAnswer, PastedToken } from "@/lib/contracts/tokens";
import { fingerprint } from "../../crypto";
import { DeskError } from "../../errors";
import type { SessionContext } from "../context";
import { findToken, showToken } from "./find";
import { takeToken } from "./take-token";

/**
 * The records of a pasted token that the caller may see. The value is fingerprinted for each portal, and neither
 * sent there nor kept.
 * @throws as `takeToken`.
 */
export async function identifyToken(ctx: SessionContext, pasted: PastedToken): Promise<IdentifyAnswer> {
  const { desk } = ctx;
  const readings = takeToken(pasted);
  const ids = desk.env.portals.flatMap(({ id }) =>
    readings.map((value) => fingerprint(desk.keys, id, value)),
  );
  const found = await Promise.allSettled(ids.map(async (id) => showToken(ctx, await findToken(ctx, id))));
  const items = found.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  const isMissing = (error: unknown) => error instanceof DeskError && error.code === "not_found";
  const trouble = found.find((answer) => answer.status === "rejected" && !isMissing(answer.reason));
  if (items.length === 0 && trouble?.status === "rejected") throw trouble.reason;
  return { items };
}
