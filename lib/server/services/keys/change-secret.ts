import "server-only";
import { newSecret } from "../../crypto";
import { type Env, EnvError } from "../../env";
import { record, theDesk } from "../audit/record";
import { deskOrigin } from "../context";
import { closeDesk, type Desk, openDesk } from "../desk";
import { KeyError } from "./key-error";
import { openRootKey } from "./open";
import { announceOwnSecret, settleOwnSecret } from "./secret-file";
import { wrapKey } from "./wrapped-key";

/** `now`: changed by this call. `before`: an earlier call had changed it, and only its end was not seen. */
export type SecretChange = { changed: "now" | "before"; keptInFile: boolean };

/**
 * Changes the secret: the one root key is wrapped under the new one, and nothing else is touched, so that every
 * record, fingerprint and sealed copy stays readable. The old secret opens the store no more. The caller holds the
 * store's lock.
 *
 * Whole at every moment that the process may die: the row changes in one transaction with its audit entry. A desk
 * that keeps its own secret has the coming one on disk before that; `openKeys` takes whichever opens the store.
 * @param next the new secret; without it one is made, which only a desk that keeps its own can hold.
 * @throws KeyError, EnvError, DeskError `audit_unavailable`
 */
export async function changeSecret(env: Env, next?: string): Promise<SecretChange> {
  const keptInFile = env.secret === undefined && next === undefined;
  if (next === undefined && !keptInFile)
    throw new EnvError(
      "TOKENDESK_NEW_SECRET (or TOKENDESK_NEW_SECRET_FILE) is required: it is to be the new one",
    );
  if (next !== undefined && next === env.secret)
    throw new EnvError("TOKENDESK_NEW_SECRET is the secret that the desk has already");
  const desk = await openUnlessChanged(env, next);
  if (!desk) return { changed: "before", keptInFile };
  try {
    const secret = next ?? newSecret();
    if (keptInFile) announceOwnSecret(env.dataDir, secret);
    await rewrap(desk, secret);
    if (keptInFile) settleOwnSecret(env.dataDir, secret);
    return { changed: "now", keptInFile };
  } finally {
    await closeDesk(desk);
  }
}

/** Undefined where the store is under the new secret already: this was asked for before, and then interrupted. */
async function openUnlessChanged(env: Env, next: string | undefined): Promise<Desk | undefined> {
  try {
    return await openDesk(env);
  } catch (error) {
    if (!(error instanceof KeyError) || next === undefined) throw error;
    const changed = await openDesk({ ...env, secret: next }).catch(() => undefined);
    if (!changed) throw error;
    await closeDesk(changed);
    return undefined;
  }
}

async function rewrap(desk: Desk, secret: string): Promise<void> {
  await desk.db.transaction().execute(async (tx) => {
    const { root } = await openRootKey(tx, desk.env);
    await wrapKey(tx, root, secret);
    await record(
      tx,
      { desk, from: deskOrigin() },
      {
        action: "keys.secret_change",
        result: "ok",
        actor: theDesk,
      },
    );
  });
}
