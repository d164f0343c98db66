import "server-only";
import type { OperationItemTable, OperationTable } from "../../store/schema";

/** A revocation under way, with all that is needed to work on it. */
export type RevokeItem = {
  operation: OperationTable;
  item: OperationItemTable;
  portal: string;
  /** Undefined where the sealed copies are damaged. */
  value: string | undefined;
};
