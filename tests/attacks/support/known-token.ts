import { fingerprint } from "@/lib/server/crypto";
import type { SessionContext } from "@/lib/server/services/context";
import { listTokens } from "@/lib/server/services/tokens/list";
import { type HeldDesk, mint } from "@/tests/support/held-desk";

/** Mints as whoever is signed in, lets the portal list it, and gives ids with values: tokens that are about to leak. */
export async function mintKnown(
  t: HeldDesk,
  ctx: SessionContext,
  label: string,
  count = 1,
): Promise<{ id: string; value: string }[]> {
  const ids = (await mint(ctx, label, count)).map(({ id }) => id);
  await t.pass();
  await t.finish(listTokens(ctx, {}));
  const { tokens } = await t.portal.user(ctx.session.user.userName);
  const values = new Map(tokens.map((value) => [fingerprint(t.desk.keys, "sim", value), value]));
  return ids.map((id) => ({ id, value: values.get(id) ?? "" }));
}
