import type { SortColumn } from "@/lib/shared/token-table/order";

/*
 * The table's shape, by the width of the table itself and not of the window: the navigation takes a different share at
 * each size. Below `cardsBelowRem` a row is a small card; columns then come in as there is room.
 */

export const cardsBelowRem = 52;
export const rowRem = { table: 3.5, cards: 10 };
export const ownerRowRem = 2.5;
/** The table's head stays at the window's upper edge, over the rows; cards have none. */
export const headRem = 2.25;

/** The row as a grid: as card by named areas, as table by columns in the order of the cells. */
export const rowGrid = [
  "grid-cols-[2.25rem_repeat(3,minmax(0,1fr))_minmax(0,1.4fr)_2.5rem] grid-rows-[auto_auto_auto_auto] content-center gap-y-1",
  "[grid-template-areas:'select_name_name_name_name_menu'_'select_status_status_status_check_check'_'select_token_token_token_expiry_expiry'_'select_owner_owner_owner_environment_environment']",
  "@min-[52rem]:grid-rows-1 @min-[52rem]:gap-y-0 @min-[52rem]:[grid-template-areas:none]",
  "@min-[52rem]:grid-cols-[2.25rem_7rem_minmax(0,1fr)_10.25rem_8rem_6.25rem_6rem_2.5rem]",
  "@min-[60rem]:grid-cols-[2.25rem_7rem_minmax(0,1fr)_10.25rem_8rem_8rem_6.25rem_6rem_2.5rem]",
  "@min-[70rem]:grid-cols-[2.25rem_7rem_minmax(0,2fr)_10.25rem_minmax(9rem,1fr)_minmax(9rem,1fr)_minmax(6rem,0.5fr)_6.25rem_6rem_2.5rem]",
].join(" ");

type Cell =
  | "select"
  | "status"
  | "name"
  | "token"
  | "owner"
  | "environment"
  | "created"
  | "expiry"
  | "check"
  | "menu";

/** Where a cell stands in a card, and from which width it stands in the table. */
export const cellClass: Record<Cell, string> = {
  select: "flex [grid-area:select] @min-[52rem]:[grid-area:auto]",
  status: "flex [grid-area:status] @min-[52rem]:[grid-area:auto]",
  name: "flex [grid-area:name] @min-[52rem]:[grid-area:auto]",
  token: "flex [grid-area:token] @min-[52rem]:[grid-area:auto]",
  owner: "flex [grid-area:owner] @min-[52rem]:[grid-area:auto]",
  environment:
    "flex [grid-area:environment] @min-[52rem]:hidden @min-[60rem]:flex @min-[60rem]:[grid-area:auto]",
  created: "hidden @min-[70rem]:flex",
  expiry: "flex [grid-area:expiry] @min-[52rem]:[grid-area:auto]",
  check: "flex [grid-area:check] @min-[52rem]:[grid-area:auto]",
  menu: "flex [grid-area:menu] @min-[52rem]:[grid-area:auto]",
};

/** Until there is a column for it, when a token was made stands under its hint. */
export const madeClass = "@min-[70rem]:hidden";

export const headColumns: { cell: Cell; title: string; sort?: SortColumn }[] = [
  { cell: "status", title: "Status", sort: "status" },
  { cell: "name", title: "Name", sort: "name" },
  { cell: "token", title: "Token" },
  { cell: "owner", title: "Owner", sort: "owner" },
  { cell: "environment", title: "Environment", sort: "environment" },
  { cell: "created", title: "Created", sort: "created" },
  { cell: "expiry", title: "Expiry", sort: "expiry" },
  { cell: "check", title: "Checked", sort: "check" },
];
