"use client";

import type { ReactNode } from "react";
import { RelativeTime } from "@/components/ui/relative-time";
import { usePortalName } from "@/lib/browser/portals";
import type { Token } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { checkLooks, ownerNameOf } from "../token-words";

/** The thing that is about to end: whose it is, where it is used, and whether it lived when last asked. */
export function RevokeFacts({ token }: { token: Token }) {
  const portalName = usePortalName();
  const used = [token.purpose, token.environment, token.integrationId]
    .flatMap((text) => (text ? isolate(text) : []))
    .join(" · ");
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 rounded-lg border border-line bg-surface px-3 py-2.5 text-sm">
      <Fact name="Token">
        <span className="font-mono text-xs">{token.hint}</span>
      </Fact>
      <Fact name="Owner">
        <bdi>{ownerNameOf(token.owner)}</bdi> · <bdi>{portalName(token.owner.portal)}</bdi>
      </Fact>
      <Fact name="Used in">{used || <span className="text-ink-faint">Nobody noted it</span>}</Fact>
      {token.protected ? <Fact name="Protected">Yes, so that nobody revokes it by mistake</Fact> : null}
      <Fact name="Last check">
        {token.lastCheck ? (
          <>
            {checkLooks[token.lastCheck.result].word}, <RelativeTime at={token.lastCheck.at} />
          </>
        ) : (
          <span className="text-ink-faint">Not checked</span>
        )}
      </Fact>
      {token.revoking ? (
        <Fact name="Under way">
          For somebody else · asked <RelativeTime at={token.revoking.since} />
        </Fact>
      ) : null}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
