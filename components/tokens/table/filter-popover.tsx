"use client";

import { SlidersHorizontal } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Field } from "@/components/ui/field";
import { Popover } from "@/components/ui/popover";
import { Select } from "@/components/ui/select";
import { usePortalName } from "@/lib/browser/portals";
import type { Choices } from "@/lib/browser/token-table/rows";
import { nameKey } from "@/lib/shared/fold";
import { isolate } from "@/lib/shared/isolate";
import { firstDirection, type SortColumn, sortColumns } from "@/lib/shared/token-table/order";
import { type View, views } from "@/lib/shared/token-table/views";
import { ownerNameOf, viewWords } from "../token-words";
import type { TableState } from "./use-table-state";

const anything = " any";
const sortWords: Record<SortColumn, string> = {
  name: "Name",
  status: "Status, worst first",
  owner: "Owner",
  environment: "Environment",
  created: "Created",
  expiry: "Expiry",
  check: "Last check",
};

type FilterPopoverProps = { state: TableState; choices: () => Choices };

/** All that narrows and orders the list, in one place: also what the head of the table offers on a wide screen. */
export function FilterPopover({ state, choices }: FilterPopoverProps) {
  return (
    <Popover
      className="w-80"
      label="Filter and sort"
      trigger={
        <Button icon={<SlidersHorizontal aria-hidden className="size-3.5" />} size="sm">
          Filter
        </Button>
      }
    >
      {() => <FilterFields choices={choices()} state={state} />}
    </Popover>
  );
}

function FilterFields({ state, choices }: { state: TableState; choices: Choices }) {
  const { filters, sort } = state;
  const portalName = usePortalName();
  const orNone = (value: string) => (value === anything ? null : value);
  // One of the same fold may stand in the address.
  const listed = (value: string | null, values: string[]) =>
    value === null ? anything : (values.find((each) => nameKey(each) === nameKey(value)) ?? value);
  const listOf = (values: string[], all: string) => [
    { value: anything, label: all },
    ...values.map((value) => ({ value, label: value })),
  ];
  return (
    <div className="grid gap-3">
      <Field label="Show">
        <Select
          onChange={(event) => state.setView(event.target.value as View)}
          options={views.map((view) => ({ value: view, label: viewWords[view] }))}
          value={filters.view}
        />
      </Field>
      <Field label="Owner">
        <Select
          onChange={(event) => state.setOwner(orNone(event.target.value))}
          options={[
            { value: anything, label: "Everyone" },
            ...choices.owners.map(({ key, owner, count }) => ({
              value: key,
              label: `${isolate(ownerNameOf(owner))} · ${isolate(portalName(owner.portal))} (${count})`,
            })),
          ]}
          value={filters.owner ?? anything}
        />
      </Field>
      <div className="grid grid-cols-2 gap-3">
        <Field label="Environment">
          <Select
            onChange={(event) => state.setEnvironment(orNone(event.target.value))}
            options={[...listOf(choices.environments, "Any"), { value: "", label: "None given" }]}
            value={listed(filters.environment, choices.environments)}
          />
        </Field>
        <Field label="Tag">
          <Select
            onChange={(event) => state.setTag(orNone(event.target.value))}
            options={listOf(choices.tags, "Any")}
            value={listed(filters.tag, choices.tags)}
          />
        </Field>
      </div>
      <div className="grid grid-cols-2 gap-3 border-line border-t pt-3">
        <Field label="Sort by">
          <Select
            onChange={(event) => {
              const column = event.target.value as SortColumn;
              state.setSort({ column, direction: firstDirection[column] });
            }}
            options={sortColumns.map((column) => ({ value: column, label: sortWords[column] }))}
            value={sort.column}
          />
        </Field>
        <Field label="Direction">
          <Select
            onChange={(event) =>
              state.setSort({ ...sort, direction: event.target.value === "asc" ? "asc" : "desc" })
            }
            options={[
              { value: "asc", label: "Ascending" },
              { value: "desc", label: "Descending" },
            ]}
            value={sort.direction}
          />
        </Field>
      </div>
      <Checkbox
        checked={state.grouped}
        className="justify-start"
        label="Group by owner"
        onChange={(event) => state.setGrouped(event.target.checked)}
      />
    </div>
  );
}
