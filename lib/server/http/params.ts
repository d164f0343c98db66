import "server-only";
import { z } from "zod";
import { tokenId } from "@/lib/contracts/tokens";

/** `[id]` of a token. */
export const tokenParams = z.object({ id: tokenId });

/** `[id]` of a connection, an operation or a session: `con_…`, `op_…`, `ses_…`. */
export const idParams = z.object({ id: z.string().regex(/^[a-z]{2,4}_[a-z2-7]{26}$/) });
