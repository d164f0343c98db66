"use client";

import { clsx } from "clsx";
import { Lock } from "lucide-react";
import Link from "next/link";
import { Badge } from "@/components/ui/badge";
import { IconButton } from "@/components/ui/icon-button";
import { RelativeTime } from "@/components/ui/relative-time";
import { Spinner } from "@/components/ui/spinner";
import { StatusDot } from "@/components/ui/status-dot";
import { Tooltip } from "@/components/ui/tooltip";
import type { Token } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { isLiving } from "@/lib/shared/token-table/standing";
import { MarkedText } from "../marked-text";
import { advisoryWords, checkLooks, nameOf, ownerNameOf } from "../token-words";
import { madeClass } from "./columns";
import { PencilIcon, PlugIcon } from "./row-icons";

/*
 * What stands in the cells. Each lays its lines out by itself, with as few elements as that takes: what a row has,
 * the document has some twenty times.
 */

/** `active`: the row has the focus, so what is in it can be reached with Tab. */
type CellProps = { token: Token; words: readonly string[]; active: boolean };

const line = "block max-w-full truncate";
const quiet = "block max-w-full truncate text-ink-faint text-xs";

type NameCellProps = CellProps & {
  onRename?: () => void;
  /** A name on its way to the desk. */
  saving: string | undefined;
};

export function NameCell({ token, words, active, onRename, saving }: NameCellProps) {
  const tabIndex = active ? 0 : -1;
  return (
    <>
      {saving !== undefined ? (
        <span className="flex w-full min-w-0 items-center gap-1.5 font-semibold text-ink-soft">
          <bdi className="min-w-0 truncate">{saving}</bdi>
          <Spinner className="size-3 shrink-0" />
          <span className="sr-only">, being saved</span>
        </span>
      ) : token.label === null ? (
        <NoName onRename={token.status === "unclaimed" ? onRename : undefined} tabIndex={tabIndex} />
      ) : (
        <span className="flex w-full min-w-0 items-center gap-1">
          <Link
            className="-my-1 pointer-coarse:-my-3.5 min-w-0 rounded-xs py-1 pointer-coarse:py-3.5 font-semibold text-ink hover:underline"
            href={`/tokens/${token.id}`}
            prefetch={false}
            tabIndex={tabIndex}
            title={token.label}
          >
            <MarkedText className="block truncate" text={token.label} words={words} />
          </Link>
          {token.protected ? (
            <Lock aria-label="Protected" className="size-3 shrink-0 text-ink-faint" />
          ) : null}
          {onRename ? (
            <IconButton
              className="opacity-0 focus-visible:opacity-100 group-focus-within/row:opacity-100 group-hover/row:opacity-100 pointer-coarse:hidden"
              icon={<PencilIcon className="size-3" />}
              label={`Rename ${isolate(nameOf(token))}`}
              onClick={onRename}
              size="sm"
              tabIndex={tabIndex}
            />
          ) : null}
        </span>
      )}
      {token.purpose ? (
        <MarkedText className={quiet} text={token.purpose} title={token.purpose} words={words} />
      ) : null}
    </>
  );
}

/** Who asks for a name asks where it claims a token: not where the token is on its way out. */
function NoName({ onRename, tabIndex }: { onRename?: () => void; tabIndex: number }) {
  if (!onRename) return <span className={`${line} text-ink-faint`}>No name yet</span>;
  return (
    <button
      className="-ml-1 h-6 max-w-full truncate rounded-sm border border-warn-line border-dashed bg-warn-soft px-2 font-medium text-sm text-warn hover:border-warn-strong pointer-coarse:h-9"
      onClick={onRename}
      tabIndex={tabIndex}
      type="button"
    >
      Name it to claim it
    </button>
  );
}

export function OwnerCell({ token, words, portalName }: CellProps & { portalName: string }) {
  const owner = ownerNameOf(token.owner);
  return (
    <>
      <MarkedText className={line} text={owner} title={owner} words={words} />
      <span className="hidden max-w-full truncate text-ink-faint text-xs @min-[52rem]:block">
        {portalName}
      </span>
    </>
  );
}

export function EnvironmentCell({ token, words }: CellProps) {
  const { environment, tags, integrationId } = token;
  return (
    <>
      {environment || tags.length > 0 ? (
        <span className="flex min-w-0 max-w-full items-center gap-1">
          {environment ? (
            <Badge className="shrink-0" title={environment} tone="accent">
              <MarkedText text={environment} words={words} />
            </Badge>
          ) : null}
          {tags.length > 0 ? (
            <MarkedText
              className="min-w-0 truncate text-ink-soft text-xs"
              text={tags.map((tag) => `#${isolate(tag)}`).join(" ")}
              title={tags.map(isolate).join(", ")}
              words={words}
            />
          ) : null}
        </span>
      ) : null}
      {integrationId ? (
        <span className="flex min-w-0 max-w-full items-center gap-1 text-ink-faint text-xs">
          <PlugIcon className="size-3 shrink-0" />
          <MarkedText
            className="truncate"
            text={integrationId}
            title={`Integration ${isolate(integrationId)}`}
            words={words}
          />
        </span>
      ) : null}
    </>
  );
}

export function CreatedCell({ token, words, active }: CellProps) {
  return (
    <>
      <RelativeTime at={token.createdAt ?? token.firstSeenAt} focusable={active} />
      {token.createdAt === undefined ? (
        <span className={quiet}>first seen</span>
      ) : token.createdBy ? (
        <MarkedText className={quiet} text={token.createdBy} title={token.createdBy} words={words} />
      ) : null}
    </>
  );
}

/** The same in one line, where there is no column for it. */
export function MadeLine({ token, words, active }: CellProps) {
  const { createdAt, createdBy, firstSeenAt } = token;
  return (
    <span className={clsx(madeClass, "flex max-w-full gap-1 whitespace-nowrap text-ink-faint text-xs")}>
      {createdAt === undefined ? "first seen" : createdBy ? null : "created"}
      <RelativeTime at={createdAt ?? firstSeenAt} focusable={active} />
      {createdAt !== undefined && createdBy ? (
        <>
          by <MarkedText className="truncate" text={createdBy} title={createdBy} words={words} />
        </>
      ) : null}
    </span>
  );
}

export function ExpiryCell({ token, active }: CellProps) {
  if (!token.expiresAt) return <span className="text-ink-faint">No date</span>;
  return (
    <>
      <RelativeTime at={token.expiresAt} focusable={active} />
      {isLiving(token.status) ? (
        <Tooltip content={advisoryWords}>
          <span className={quiet}>Reminder only</span>
        </Tooltip>
      ) : null}
    </>
  );
}

export function CheckCell({ token, active, checking }: CellProps & { checking: boolean }) {
  if (checking) {
    return (
      <span className="flex items-center gap-1.5 text-ink-soft">
        <Spinner /> Checking…
      </span>
    );
  }
  if (!token.lastCheck) return <span className="text-ink-faint">Not checked</span>;
  const look = checkLooks[token.lastCheck.result];
  return (
    <>
      <Tooltip content={look.meaning}>
        <span>
          <StatusDot shape={look.shape} tone={look.tone}>
            {look.word}
          </StatusDot>
        </span>
      </Tooltip>
      <RelativeTime at={token.lastCheck.at} className={quiet} focusable={active} />
    </>
  );
}
