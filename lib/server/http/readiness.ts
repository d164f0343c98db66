import "server-only";
import type { Health } from "@/lib/contracts/health";
import { DeskError } from "../errors";
import type { ActiveSession, DeskContext } from "../services/context";

/**
 * The answer to a readiness probe. Which part fails is told to the log, and to desk admins alone.
 * @throws DeskError `store_unavailable`
 */
export function reportReadiness(
  ctx: DeskContext & { session?: ActiveSession },
  { ok, failing }: { ok: boolean; failing: string[] },
): Health {
  if (ok) return { ok };
  ctx.desk.log.error({ failing }, "not ready");
  const detail = ctx.session?.admin ? `Failing: ${failing.join(", ")}.` : undefined;
  throw new DeskError("store_unavailable", { detail });
}
