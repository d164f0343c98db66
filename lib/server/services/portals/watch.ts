import "server-only";
import type { Logger } from "pino";
import { causes, type PortalCause } from "../../cause";
import { type Clock, minutes } from "../../clock";
import { isPortalsWord, type PortalOutcome } from "../../portal/sender";

/** Causes for which nobody was reached: whatever is answered next ends them. */
const unreached = /^(?:dns|refused|unreachable|reset|connect_timeout|certificate_\w+|tls_failed|proxy_\w+)$/;
const rememberedMs = minutes(5);
const toldAgainMs = minutes(1);

/** A portal that does not answer as it should: where, since when it was last met; and when which cause was told, in which trouble. */
type Troubled = {
  at: Map<string, { cause: PortalCause; when: number }>;
  told: Map<PortalCause, { when: number; trouble: number }>;
  /** The present trouble's number. */
  trouble: number;
};

/**
 * Writes one line to the log when a portal gets into trouble, when the trouble becomes another, and when it is over: with
 * the portal's id, the status and the cause. What an endpoint met is over when that endpoint answers, or is not asked for
 * five minutes; and of a cause that comes and goes with whose call it is there are two lines a minute at most: one user's
 * trouble would else write two lines a call.
 */
export function watchPortals(log: Logger, clock: Clock): (outcome: PortalOutcome) => void {
  const portals = new Map<string, Troubled>();

  const meet = (troubled: Troubled, { portalId, endpoint, error }: PortalOutcome, cause: PortalCause) => {
    const when = clock.monotonic();
    troubled.at.set(endpoint ?? "", { cause, when });
    const last = troubled.told.get(cause);
    if (last && (last.trouble === troubled.trouble || when - last.when < toldAgainMs)) return;
    troubled.told.set(cause, { when, trouble: troubled.trouble });
    log.warn({ portalId, endpoint, status: error?.status, cause }, `portal trouble: ${causes[cause]}`);
  };

  const recover = (troubled: Troubled, { portalId, endpoint }: PortalOutcome) => {
    const isOver = ({ cause, when }: { cause: PortalCause; when: number }) =>
      unreached.test(cause) || clock.monotonic() - when >= rememberedMs;
    troubled.at.delete(endpoint ?? "");
    for (const [other, met] of troubled.at) if (isOver(met)) troubled.at.delete(other);
    if (troubled.at.size > 0) return;
    const isTold = [...troubled.told.values()].some(({ trouble }) => trouble === troubled.trouble);
    if (isTold) log.info({ portalId, endpoint }, "the portal answers again");
    for (const cause of troubled.told.keys()) if (unreached.test(cause)) troubled.told.delete(cause);
    troubled.trouble += 1;
  };

  return (outcome) => {
    const { portalId, error } = outcome;
    const troubled = portals.get(portalId) ?? { at: new Map(), told: new Map(), trouble: 0 };
    portals.set(portalId, troubled);
    if (isPortalsWord(error)) {
      if (troubled.at.size > 0) recover(troubled, outcome);
    } else if (error?.cause && error.kind !== "breaker_open") meet(troubled, outcome, error.cause);
  };
}
