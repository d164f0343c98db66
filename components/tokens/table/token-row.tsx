"use client";

import { clsx } from "clsx";
import { memo } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { IconButton } from "@/components/ui/icon-button";
import { Menu } from "@/components/ui/menu";
import { reasonAgainst } from "@/lib/browser/token-table/permissions";
import type { Token } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { hintWords } from "@/lib/shared/token-table/search";
import { CopyButton } from "../copy/copy-button";
import { MarkedText } from "../marked-text";
import { TokenStatus } from "../token-badge";
import { tokenMenu } from "../token-menu";
import { nameOf } from "../token-words";
import type { TokenActions } from "../use-token-actions";
import { cellClass, rowGrid } from "./columns";
import { GridCell, GridRow } from "./grid";
import { InlineName } from "./inline-name";
import type { NameDraft } from "./name-drafts";
import { MoreIcon } from "./row-icons";
import {
  CheckCell,
  CreatedCell,
  EnvironmentCell,
  ExpiryCell,
  MadeLine,
  NameCell,
  OwnerCell,
} from "./token-cells";
import type { NamingHandlers } from "./use-naming";

/** What a row can ask of the table. The same object for all rows and for ever, so that rows need not draw again. */
export type RowHandlers = TokenActions & {
  select: (id: string, range: boolean) => void;
  rename: (id: string) => void;
  naming: NamingHandlers;
};

export type TokenRowProps = {
  token: Token;
  /** Its place among all rows, from 0, without the head. */
  index: number;
  /** Pixels to the row drawn before it, which need not be its neighbour. */
  gap: number;
  /** The row that Tab leads to. */
  active: boolean;
  selected: boolean;
  /** Some row is selected: then all show their boxes. */
  selecting: boolean;
  editing: boolean;
  /** While it is edited: another token is to be named after it. */
  hasNext: boolean;
  /** A name on its way to the desk. */
  saving: string | undefined;
  /** A name that could not be saved. */
  draft: NameDraft | undefined;
  checking: boolean;
  copying: "busy" | "copied" | undefined;
  words: readonly string[];
  minute: number;
  portalName: string;
  handlers: RowHandlers;
};

const cell = "min-w-0 px-2";
const stacked = `${cell} flex-col items-start justify-center`;
/** Beside each other on a card, where there is a line for it; below each other in a column. */
const inline = `${cell} items-center gap-2 @min-[52rem]:flex-col @min-[52rem]:items-start @min-[52rem]:gap-0.5`;

export const TokenRow = memo(function TokenRow(props: TokenRowProps) {
  const { token, active, selected, words, handlers } = props;
  const tabIndex = active ? 0 : -1;
  const name = isolate(nameOf(token));
  const shared = { token, words, active };
  const rename = reasonAgainst("edit", token) === undefined ? () => handlers.rename(token.id) : undefined;
  return (
    <GridRow
      aria-labelledby={`${token.id}-name ${token.id}-status`}
      aria-rowindex={props.index + 2}
      aria-selected={selected}
      className={clsx(
        rowGrid,
        "group/row relative grid h-40 items-center border-line border-b text-sm @min-[52rem]:h-14",
        "focus-within:z-10 focus-visible:-outline-offset-2",
        selected ? "bg-accent-soft" : "hover:bg-hover focus-within:bg-hover",
        token.status === "revoked" || token.status === "disappeared" ? "text-ink-soft" : "text-ink",
      )}
      data-index={props.index}
      data-key={token.id}
      data-token={token.id}
      style={props.gap > 0 ? { marginTop: props.gap } : undefined}
      tabIndex={tabIndex}
    >
      <GridCell className={clsx(cellClass.select, "select-none items-center justify-center")}>
        <Checkbox
          aria-label={`Select ${name}`}
          checked={selected}
          className={clsx(
            "pointer-coarse:opacity-100",
            props.selecting || selected
              ? "opacity-100"
              : "opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100",
          )}
          onChange={({ nativeEvent }) =>
            handlers.select(token.id, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
          }
          tabIndex={tabIndex}
        />
      </GridCell>
      <GridCell className={clsx(cellClass.status, inline)} id={`${token.id}-status`}>
        <TokenStatus focusable={active} now={props.minute} token={token} />
      </GridCell>
      <GridCell
        className={clsx(cellClass.name, stacked)}
        id={`${token.id}-name`}
        onDoubleClick={(event) => {
          if (!(event.target instanceof HTMLInputElement)) rename?.();
        }}
      >
        {props.editing || props.draft ? (
          <InlineName
            draft={props.draft}
            editing={props.editing}
            handlers={handlers.naming}
            hasNext={props.hasNext}
            onEdit={handlers.rename}
            token={token}
          />
        ) : (
          <NameCell {...shared} onRename={rename} saving={props.saving} />
        )}
      </GridCell>
      <GridCell className={clsx(cellClass.token, stacked)}>
        {/* On a card the button, as large as a finger, reaches into the lines around it. */}
        <span className="flex max-w-full items-center gap-0.5 pointer-coarse:-my-2.5">
          <MarkedText
            className="truncate font-mono text-ink-soft text-xs"
            text={token.hint}
            words={hintWords(words)}
          />
          <CopyButton
            disabledReason={reasonAgainst("copy", token)}
            onCopy={handlers.copy}
            phase={props.copying}
            tabIndex={tabIndex}
            token={token}
          />
        </span>
        <MadeLine {...shared} />
      </GridCell>
      <GridCell className={clsx(cellClass.owner, stacked)}>
        <OwnerCell {...shared} portalName={props.portalName} />
      </GridCell>
      <GridCell className={clsx(cellClass.environment, stacked, "gap-0.5")}>
        <EnvironmentCell {...shared} />
      </GridCell>
      <GridCell className={clsx(cellClass.created, stacked)}>
        <CreatedCell {...shared} />
      </GridCell>
      <GridCell className={clsx(cellClass.expiry, stacked)}>
        <ExpiryCell {...shared} />
      </GridCell>
      <GridCell className={clsx(cellClass.check, inline)}>
        <CheckCell {...shared} checking={props.checking} />
      </GridCell>
      <GridCell className={clsx(cellClass.menu, "items-center justify-center")}>
        <Menu
          label={`What to do with ${name}`}
          sections={() =>
            tokenMenu(token, handlers, { onRename: rename, onOpen: () => handlers.show(token) })
          }
          trigger={
            <IconButton
              icon={<MoreIcon className="size-4" />}
              label={`Actions for ${name}`}
              size="sm"
              tabIndex={tabIndex}
              tooltip={false}
            />
          }
        />
      </GridCell>
    </GridRow>
  );
});
