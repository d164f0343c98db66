import { join, resolve } from "node:path";
import { readSecret } from "@/lib/server/env/secret";
import { changeSecret } from "@/lib/server/services/keys/change-secret";
import { runStoreCommand, withStoppedDesk } from "./store-command";

/*
 * `npm run secret:change`: the store under another secret, while the desk is stopped. The old one is read as the desk
 * reads it; the new one from TOKENDESK_NEW_SECRET or TOKENDESK_NEW_SECRET_FILE. Where the desk keeps its own, a new
 * one is made.
 */

await runStoreCommand("secret:change", async (env) => {
  const { changed, keptInFile } = await withStoppedDesk(env, () =>
    changeSecret(env, readSecret(process.env, "TOKENDESK_NEW_SECRET")),
  );
  if (keptInFile)
    return `The secret is changed: the new one lies in ${join(resolve(env.dataDir), "secret")}.`;
  const done = changed === "now" ? "The secret is changed." : "The secret had been changed already.";
  return `${done} Start the desk with the new one as TOKENDESK_SECRET: the old one opens nothing any more.`;
});
