import "server-only";
import type { Health } from "@/lib/contracts/health";
import { minutes } from "../clock";
import { DeskError } from "../errors";
import { once } from "../runtime";
import type { ActiveSession, DeskContext } from "../services/context";

/** Probes come each second or so: the same is told so often. */
const toldAgainMs = minutes(1);

/**
 * The answer to a readiness probe. Which part fails is told to the log, and to desk admins alone.
 * @throws DeskError `store_unavailable`
 */
export function reportReadiness(
  ctx: DeskContext & { session?: ActiveSession },
  { ok, failing }: { ok: boolean; failing: string[] },
): Health {
  const told = once("readiness", () => ({ what: "", at: 0 }));
  const what = failing.join(", ");
  const now = ctx.desk.clock.monotonic();
  if (!ok && (told.what !== what || now - told.at >= toldAgainMs)) {
    ctx.desk.log.error({ failing }, "not ready");
    told.at = now;
  }
  told.what = what;
  if (ok) return { ok };
  throw new DeskError("store_unavailable", {
    detail: ctx.session?.admin ? `Failing: ${what}.` : undefined,
  });
}
