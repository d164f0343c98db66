"use client";

import { Activity, Lock, MoreHorizontal } from "lucide-react";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Menu } from "@/components/ui/menu";
import { isRevokedByOthers, reasonAgainst } from "@/lib/browser/token-table/permissions";
import type { Token } from "@/lib/contracts/tokens";
import { CopyButton } from "../copy/copy-button";
import { TokenStatus } from "../token-badge";
import { tokenMenu } from "../token-menu";
import type { TokenActions, TokenActivity } from "../use-token-actions";

type TokenHeadProps = { token: Token; actions: TokenActions; activity: TokenActivity; now: number };

/** Its name, its masked value, and what is done with it most. */
export function TokenHead({ token, actions, activity, now }: TokenHeadProps) {
  const revokeReason = reasonAgainst("revoke", token);
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 wrap-anywhere">
        <h1 className="flex items-center gap-2 font-semibold text-xl tracking-[-0.018em]">
          {token.label === null ? (
            <span className="text-ink-soft">No name yet</span>
          ) : (
            <bdi className="min-w-0">{token.label}</bdi>
          )}
          {token.protected ? (
            <Lock aria-label="Protected" className="size-4 shrink-0 text-ink-faint" />
          ) : null}
        </h1>
        {token.purpose ? (
          <p className="mt-0.5 text-ink-soft text-sm">
            <bdi>{token.purpose}</bdi>
          </p>
        ) : null}
        <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1.5 text-sm">
          <span className="inline-flex items-center gap-1 rounded-sm border border-line bg-sunken pl-2 font-mono text-xs">
            {token.hint}
            <CopyButton
              disabledReason={reasonAgainst("copy", token)}
              onCopy={actions.copy}
              phase={activity.copying?.id === token.id ? activity.copying.phase : undefined}
              token={token}
            />
          </span>
          <TokenStatus focusable now={now} token={token} />
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Button
          busy={activity.checking.has(token.id)}
          disabledReason={reasonAgainst("check", token)}
          icon={<Activity aria-hidden className="size-3.5" />}
          onClick={() => actions.check(token)}
        >
          Check now
        </Button>
        <Button disabledReason={reasonAgainst("edit", token)} onClick={() => actions.edit(token)}>
          Edit
        </Button>
        {token.status === "revoking" && !isRevokedByOthers(token) ? null : (
          <Button disabledReason={revokeReason} onClick={() => actions.revoke(token)} variant="danger-quiet">
            Revoke
          </Button>
        )}
        <Menu
          label="More actions"
          sections={() => tokenMenu(token, actions, {})}
          trigger={
            <IconButton
              icon={<MoreHorizontal aria-hidden className="size-4" />}
              label="More actions"
              tooltip={false}
            />
          }
        />
      </div>
    </header>
  );
}
