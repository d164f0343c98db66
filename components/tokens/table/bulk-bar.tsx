"use client";

import { Pencil, Tags, Trash2, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";

type BulkBarProps = {
  count: number;
  /** Selected, and not among the rows because of a filter. */
  hidden: number;
  matching: number;
  allSelected: boolean;
  nameReason: string | undefined;
  editReason: string | undefined;
  revokeReason: string | undefined;
  onSelectAll: () => void;
  onName: () => void;
  onEdit: () => void;
  onRevoke: () => void;
  onClear: () => void;
};

/** What can be done with the selected tokens. It stays at the lower edge while the list scrolls under it. */
export default function BulkBar(props: BulkBarProps) {
  const { count, hidden, matching } = props;
  return (
    <section
      aria-label="Selected tokens"
      className="sticky bottom-20 z-30 mx-auto mt-3 flex w-fit max-w-full flex-wrap items-center justify-center gap-x-2 gap-y-1.5 rounded-xl border border-line-strong bg-raised p-1.5 pl-3.5 shadow-popup md:bottom-4"
    >
      <p className="max-sm:order-first text-sm tabular-nums" role="status">
        <strong className="font-semibold">{count.toLocaleString("en")}</strong> selected
        {hidden > 0 ? <span className="text-warn">, {hidden.toLocaleString("en")} not shown</span> : null}
      </p>
      {props.allSelected ? null : (
        <Button className="max-sm:order-first" onClick={props.onSelectAll} size="sm" variant="ghost">
          Select all {matching.toLocaleString("en")} matching
        </Button>
      )}
      <span aria-hidden className="mx-1 h-4 w-px bg-line-strong max-sm:hidden" />
      <Button
        disabledReason={props.nameReason}
        icon={<Pencil aria-hidden className="size-3.5" />}
        onClick={props.onName}
        size="sm"
      >
        Name
      </Button>
      <Button
        disabledReason={props.editReason}
        icon={<Tags aria-hidden className="size-3.5" />}
        onClick={props.onEdit}
        size="sm"
      >
        Edit details
      </Button>
      <Button
        disabledReason={props.revokeReason}
        icon={<Trash2 aria-hidden className="size-3.5" />}
        onClick={props.onRevoke}
        size="sm"
        variant="danger-quiet"
      >
        Revoke
      </Button>
      <IconButton
        className="max-sm:order-first max-sm:ml-auto"
        icon={<X aria-hidden className="size-4" />}
        label="Clear the selection"
        onClick={props.onClear}
        size="sm"
      />
    </section>
  );
}
