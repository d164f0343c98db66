import "server-only";
import { seal, UnsealError, unseal } from "../../crypto";
import { noteSecret, noteTyped } from "../../scrub";
import type { OperationItemTable, TokenTable } from "../../store/schema";
import type { Desk } from "../desk";

/*
 * Where a token's value is sealed and opened again. A value comes out of here into a call of the portal client,
 * or into the answer of Copy, and goes nowhere else.
 */

type ItemKey = Pick<OperationItemTable, "operation_id" | "position">;

const itemPlace = (item: ItemKey) => `operation_items\n${item.operation_id}/${item.position}\nrevoke`;
const tokenPlace = (id: string) => `tokens\n${id}\ncopy`;

export const sealForRevocation = ({ keys }: Desk, item: ItemKey, value: string): string =>
  seal(keys.sealing, keys.id, itemPlace(item), value, noteTyped);

/** The value that a revocation under way works on; undefined where none is kept, or none that can be opened. */
export const valueOfItem = (desk: Desk, item: ItemKey & Pick<OperationItemTable, "sealed_value">) =>
  open(desk, itemPlace(item), item.sealed_value, noteTyped);

export const sealToken = ({ keys }: Desk, id: string, value: string): string =>
  seal(keys.sealing, keys.id, tokenPlace(id), value);

/** The sealed copy of a token, opened; undefined where none is kept, or none that can be opened. */
export const sealedValueOf = (desk: Desk, token: Pick<TokenTable, "id" | "sealed_value">) =>
  open(desk, tokenPlace(token.id), token.sealed_value, noteSecret);

/** One damaged row must not stop the others: it counts as having no copy, and the log says where it is. */
function open(
  { keys, log }: Desk,
  place: string,
  sealed: string | null,
  note: typeof noteSecret,
): string | undefined {
  if (sealed === null) return undefined;
  try {
    return unseal(keys.sealing, keys.id, place, sealed, note);
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    log.error({ place: place.replaceAll("\n", " ") }, "a sealed value cannot be opened");
    return undefined;
  }
}
