import { Badge } from "@/components/ui/badge";
import { StatusDot } from "@/components/ui/status-dot";
import { Tooltip } from "@/components/ui/tooltip";
import { wordsForCode } from "@/lib/browser/problem-words";
import type { Token } from "@/lib/contracts/tokens";
import { standingOf } from "@/lib/shared/token-table/standing";
import { badgeWords, statusLooks } from "./token-words";

type TokenStatusProps = { token: Token; now: number; focusable: boolean };

/** The dot, its word, and under it the one badge that a token may have. What to do next is in the tooltips. */
export function TokenStatus({ token, now, focusable }: TokenStatusProps) {
  const look = statusLooks[token.status];
  const badge = badgeWords(standingOf(token, now), token);
  const tabIndex = focusable ? 0 : undefined;
  return (
    <>
      <Tooltip content={() => meaningOf(token)}>
        <span className="rounded-xs" tabIndex={badge ? undefined : tabIndex}>
          <StatusDot pulse={look.pulse} shape={look.shape} tone={look.tone}>
            {look.word}
          </StatusDot>
        </span>
      </Tooltip>
      {badge ? (
        <Tooltip content={badge.next}>
          <Badge tabIndex={tabIndex} tone={badge.tone}>
            {badge.text}
          </Badge>
        </Tooltip>
      ) : null}
    </>
  );
}

/** What the status's word means; of one that is being revoked also what keeps it, without the seconds: rows count none. */
function meaningOf({ status, revoking }: Token): string {
  const { meaning } = statusLooks[status];
  if (!revoking) return meaning;
  if (revoking.acceptedAt)
    return "The portal has accepted it, and it is not proven yet. The desk goes on by itself.";
  return revoking.error ? `${wordsForCode(revoking.error).title}. ${meaning}` : meaning;
}
