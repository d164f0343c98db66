import "server-only";
import type { AuditEvent } from "./record";

/**
 * The entry that tells a token's owner what somebody asked who has no record of it. It is an entry of its own, since those of
 * the asker must not say whose the token is, or whether it is anybody's: there is one where it is nobody's, too.
 */
export function forOwner(entry: AuditEvent, ownerId: string | undefined): AuditEvent {
  const { actor, target, operationId: _, ...said } = entry;
  const { portal, tokenId } = target ?? {};
  return {
    ...said,
    actor: { portal: actor.portal, userName: actor.userName },
    target: { ownerId, portal, tokenId },
  };
}
