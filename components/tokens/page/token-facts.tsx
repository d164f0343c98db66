"use client";

import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { Spinner } from "@/components/ui/spinner";
import { StatusDot } from "@/components/ui/status-dot";
import { usePortalName } from "@/lib/browser/portals";
import { reasonAgainst } from "@/lib/browser/token-table/permissions";
import type { Token } from "@/lib/contracts/tokens";
import { advisoryWords, checkLooks, ownerNameOf } from "../token-words";
import type { TokenActions } from "../use-token-actions";

type TokenFactsProps = { token: Token; actions: TokenActions; checking: boolean };

/** All that is known of it. What nobody noted says so. */
export function TokenFacts({ token, actions, checking }: TokenFactsProps) {
  const portalName = usePortalName();
  return (
    <Card>
      <h2 className="border-line border-b px-4 py-3 font-semibold text-sm">Details</h2>
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-4 gap-y-2.5 px-4 py-3.5 text-sm">
        <Fact name="Owner">
          <bdi>{ownerNameOf(token.owner)}</bdi>{" "}
          <span className="text-ink-faint">
            on <bdi>{portalName(token.owner.portal)}</bdi>
          </span>
          <span className="block text-ink-faint text-xs">
            Anyone signed in as this portal user can list this token.
          </span>
        </Fact>
        <Fact name="Environment">
          {token.environment ? (
            <Badge tone="accent">
              <bdi>{token.environment}</bdi>
            </Badge>
          ) : null}
        </Fact>
        <Fact name="Tags">
          {token.tags.length > 0 ? (
            <span className="flex flex-wrap gap-1">
              {token.tags.map((tag) => (
                <Badge key={tag}>
                  <bdi>{tag}</bdi>
                </Badge>
              ))}
            </span>
          ) : null}
        </Fact>
        <Fact name="Integration">{token.integrationId ? <bdi>{token.integrationId}</bdi> : null}</Fact>
        <Fact name="Expiry" none="No date">
          {token.expiresAt ? (
            <>
              <RelativeTime at={token.expiresAt} />
              <span className="block text-ink-faint text-xs">{advisoryWords}.</span>
            </>
          ) : null}
        </Fact>
        <Fact name="Last checked" none="Not checked">
          {checking ? (
            <span className="inline-flex items-center gap-1.5 text-ink-soft">
              <Spinner /> Checking…
            </span>
          ) : token.lastCheck ? (
            <LastCheck check={token.lastCheck} />
          ) : null}
        </Fact>
        <Fact name={token.createdAt ? "Created" : "First seen"}>
          <RelativeTime at={token.createdAt ?? token.firstSeenAt} />
          {token.createdBy ? (
            <>
              {" "}
              by <bdi>{token.createdBy}</bdi>
            </>
          ) : null}
          {token.createdAt ? null : (
            <span className="block text-ink-faint text-xs">The portal does not tell when it was made.</span>
          )}
        </Fact>
        <Fact name="Sealed copy">
          {sealedWords(token)}
          {token.sealed && reasonAgainst("edit", token) === undefined ? (
            <button
              className="block min-h-6 rounded-xs text-accent-text text-xs hover:underline pointer-coarse:min-h-11"
              onClick={() => actions.unseal(token)}
              type="button"
            >
              Erase it
            </button>
          ) : null}
        </Fact>
        <Fact name="Notes">
          {token.notes ? <bdi className="whitespace-pre-wrap">{token.notes}</bdi> : null}
        </Fact>
        <Fact name="Id">
          <code className="text-xs">{token.id}</code>
        </Fact>
      </dl>
    </Card>
  );
}

function sealedWords(token: Token): string {
  if (token.status === "revoked") return "Erased with the token";
  return token.sealed
    ? "Kept, encrypted: a lead can revoke it without the value"
    : "None kept: a lead who revokes it has to paste it";
}

function LastCheck({ check }: { check: NonNullable<Token["lastCheck"]> }) {
  const look = checkLooks[check.result];
  return (
    <>
      <StatusDot shape={look.shape} tone={look.tone}>
        {look.word}
      </StatusDot>
      <span className="text-ink-soft">
        , <RelativeTime at={check.at} />
      </span>
      <span className="block text-ink-faint text-xs">{look.meaning}</span>
    </>
  );
}

type FactProps = { name: string; none?: string; children: ReactNode };

function Fact({ name, none = "Not noted", children }: FactProps) {
  return (
    <>
      <dt className="text-ink-faint">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children ?? <span className="text-ink-faint">{none}</span>}</dd>
    </>
  );
}
