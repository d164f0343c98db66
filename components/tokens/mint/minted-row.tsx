"use client";

import { Activity, ChevronDown, FileTerminal } from "lucide-react";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Menu } from "@/components/ui/menu";
import { StatusDot } from "@/components/ui/status-dot";
import { useKnownTokens } from "@/lib/browser/token-list";
import type { Token } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { CopyButton } from "../copy/copy-button";
import { copyAsItems } from "../token-menu";
import { checkLooks, nameOf } from "../token-words";
import type { TokenActions, TokenActivity } from "../use-token-actions";

type MintedRowProps = {
  token: Token;
  actions: TokenActions;
  activity: TokenActivity;
  /** The only one: there is room for words. */
  alone: boolean;
};

/** A new token, masked, and the ways on. */
export function MintedRow({ token: given, actions, activity, alone }: MintedRowProps) {
  // Once the list has it, it knows more: what a check has found.
  const token = useKnownTokens().find((each) => each.id === given.id) ?? given;
  const check = token.lastCheck && checkLooks[token.lastCheck.result];
  const copyAsLabel = `Copy ${isolate(nameOf(token))} as…`;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-3 py-2.5">
      <div className="min-w-40 flex-1">
        <bdi className="block truncate text-left font-semibold text-sm" title={nameOf(token)}>
          {nameOf(token)}
        </bdi>
        <p className="flex items-center gap-2 font-mono text-ink-soft text-xs">
          {token.hint}
          {check ? (
            <StatusDot className="font-sans" shape={check.shape} tone={check.tone}>
              {check.word}
            </StatusDot>
          ) : null}
        </p>
      </div>
      <div className={alone ? "flex flex-wrap items-center gap-1.5" : "flex items-center gap-1"}>
        <CopyButton
          onCopy={actions.copy}
          phase={activity.copying?.id === token.id ? activity.copying.phase : undefined}
          size="md"
          token={token}
          worded={alone}
        />
        <Menu
          label={`Copy ${isolate(nameOf(token))} in another form`}
          sections={[{ items: copyAsItems(token, actions) }]}
          trigger={
            alone ? (
              <Button aria-label={copyAsLabel} size="sm">
                Copy as <ChevronDown aria-hidden className="size-3.5 text-ink-faint" />
              </Button>
            ) : (
              <IconButton icon={<FileTerminal aria-hidden className="size-4" />} label={copyAsLabel} />
            )
          }
        />
        <Button
          busy={activity.checking.has(token.id)}
          icon={<Activity aria-hidden className="size-3.5" />}
          onClick={() => actions.check(token)}
          size="sm"
        >
          Check now
        </Button>
      </div>
    </li>
  );
}
