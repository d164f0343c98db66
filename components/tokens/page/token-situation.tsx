"use client";

import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { usePortalName } from "@/lib/browser/portals";
import { isRevokedByOthers, reasonAgainst } from "@/lib/browser/token-table/permissions";
import type { Token } from "@/lib/contracts/tokens";
import { standingOf } from "@/lib/shared/token-table/standing";
import { RevocationReceipt } from "../revoke/receipt";
import { WaitLine } from "../revoke/wait-line";
import { meanwhileWords, waitWords } from "../revoke/wait-words";
import { badgeWords, reasonWords } from "../token-words";
import type { TokenActions } from "../use-token-actions";

type TokenSituationProps = {
  token: Token;
  actions: TokenActions;
  now: number;
  /** When the token was last answered, in milliseconds since the epoch: what is counted down begins then. */
  answeredAt: number;
};

/** What stands out about the token now, and the step that it asks for. Nothing where all is well. */
export function TokenSituation({ token, actions, now, answeredAt }: TokenSituationProps) {
  if (token.status === "revoked") return <Revoked token={token} />;
  if (token.status === "revoking")
    return <Revoking actions={actions} answeredAt={answeredAt} token={token} />;
  if (token.status === "disappeared") {
    return (
      <Banner title="The portal no longer lists it">
        It was not revoked from here, so there is no receipt. What is noted about it stays.
      </Banner>
    );
  }
  const edit =
    reasonAgainst("edit", token) === undefined ? (
      <Button onClick={() => actions.edit(token)} size="sm">
        {token.status === "unclaimed" ? "Name it" : token.recovered ? "Confirm its name" : "Edit"}
      </Button>
    ) : undefined;
  const standing = standingOf(token, now);
  if (standing === "unclaimed") {
    return (
      <Banner action={edit} title="Nobody has said what this is for" tone="warn">
        The portal lists it, and it was not minted here. Naming it claims it.
      </Banner>
    );
  }
  const badge = badgeWords(standing, token);
  if (!badge) return null;
  return (
    <Banner action={edit} title={badge.text} tone={badge.tone === "danger" ? "danger" : "warn"}>
      {badge.next}
    </Banner>
  );
}

type RevokingProps = { token: Token; actions: TokenActions; answeredAt: number };

function Revoking({ token, actions, answeredAt }: RevokingProps) {
  const portalName = usePortalName();
  const { revoking } = token;
  const words =
    revoking &&
    waitWords(
      {
        ...revoking,
        isNew: revoking.lastTryAt === undefined,
        isUrgent: revoking.reason === "compromised",
      },
      portalName(token.owner.portal),
    );
  // Theirs to follow; whoever may revoke it too need not wait for them.
  const byOthers = isRevokedByOthers(token);
  return (
    <Banner
      action={
        byOthers ? undefined : (
          <Button onClick={() => actions.revoke(token)} size="sm">
            How far it is
          </Button>
        )
      }
      title={
        <>
          {byOthers
            ? "Somebody else is revoking it"
            : revoking?.overdue
              ? "Revoking takes too long"
              : "Revoking"}
          {revoking?.lastTryAt && !words?.isUnsent ? (
            <>
              , last try <RelativeTime at={revoking.lastTryAt} />
            </>
          ) : null}
        </>
      }
      tone={revoking?.overdue ? "danger" : "warn"}
    >
      {words ? (
        <>
          {words.so} <WaitLine answer={answeredAt} seconds={revoking.retryAfter} words={words} />{" "}
        </>
      ) : null}
      {meanwhileWords(words, byOthers ? undefined : token)}
    </Banner>
  );
}

function Revoked({ token }: { token: Token }) {
  const { revoked } = token;
  if (!revoked) return null;
  return (
    <Card className="grid gap-3 p-4 sm:grid-cols-2">
      <div className="text-sm">
        <h2 className="font-semibold">Revoked</h2>
        <p className="mt-1 text-ink-soft">
          <RelativeTime at={revoked.at} /> by <bdi>{revoked.by}</bdi>:{" "}
          {reasonWords[revoked.reason].toLowerCase()}.
        </p>
        {revoked.reason === "compromised" ? (
          <p className="mt-1 text-danger">
            Whoever had it could also list this user's other tokens. Replace and revoke those too.
          </p>
        ) : null}
      </div>
      <RevocationReceipt over receipt={revoked.receipt} />
    </Card>
  );
}
