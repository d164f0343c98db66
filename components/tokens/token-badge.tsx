import { Badge } from "@/components/ui/badge";
import { StatusDot } from "@/components/ui/status-dot";
import { Tooltip } from "@/components/ui/tooltip";
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
      <Tooltip content={look.meaning}>
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
