import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { typed } from "@/tests/support/documents";
import { dumpsDatabase, restoresDatabase } from "./postgresql";
import type { Runner } from "./world";

/* docs/operating.md, in its order: the desk runs until a block wants it stopped. */

export const operating: Record<string, Runner> = {
  "npm run backup -- /backups/tokendesk-2026-11-24.db": async (text, { env, folder }) => {
    const told = await typed(text, { env, replace: { "/backups": folder } });
    expect(told).toContain("which verify");
  },
  "npm run restore -- /backups/tokendesk-2026-11-24.db            # --force where there is a store already":
    async (text, { env, folder }) => {
      const elsewhere = { ...env, TOKENDESK_DATA: join(folder, "restored") };
      const told = await typed(text, { env: elsewhere, replace: { "/backups": folder } });
      expect(told).toContain("Restored:");
    },
  "(umask 077 && pg_dump --format=custom --file=/backups/tokendesk-2026-11-24.dump tokendesk)": dumpsDatabase,
  "pg_restore --list /backups/tokendesk-2026-11-24.dump > /dev/null &&": restoresDatabase,
  "read -rs TOKEN": async (text, { desk }) => {
    const { userName } = desk.simulator.seed.user("ann");
    const [token = ""] = (await desk.portal.user(userName)).tokens;
    const replace = { "https://portal.vacd.biz/api": desk.simulator.baseUrl };
    expect(await typed(text, { env: {}, input: `${token}\n`, replace })).toMatch(/true$/);
    expect((await desk.portal.user(userName)).tokens).not.toContain(token);
  },
  "read -rs PASSWORD": async (text, { desk }) => {
    const { userName, password } = desk.simulator.seed.user("ben");
    const [signIn = "", list = ""] = text.split(/(?=^read -rs AUTH_TOKEN)/m);
    const portal = { "https://portal.vacd.biz/api": desk.simulator.baseUrl };
    const replace = { ...portal, "ann@example.com": userName };
    const told = await typed(signIn, { env: {}, input: `${password}\n`, replace });
    const { authToken } = JSON.parse(told.slice(told.indexOf("{"))) as { authToken: string };
    const listed = await typed(list, { env: {}, input: `${authToken}\n`, replace: portal });
    for (const token of (await desk.portal.user(userName)).tokens) expect(listed).toContain(token);
  },
  "npm run audit:verify                                      # the store of this environment, while the desk runs or not":
    async (text, { env, exported }) => {
      const told = await typed(text, {
        env,
        replace: {
          "export.jsonl": exported,
          "checkpoints.jsonl": join(env.TOKENDESK_DATA ?? "", "audit-checkpoints.jsonl"),
        },
      });
      expect(told).toContain("The audit trail holds");
      expect(told).toContain("The export holds");
    },
  "TOKENDESK_SECRET_FILE=/etc/tokendesk.secret TOKENDESK_NEW_SECRET_FILE=/etc/tokendesk.secret.new npm run secret:change":
    async (text, world) => {
      await world.desk.stop();
      const coming = newSecret();
      const { TOKENDESK_DATA = "" } = world.env;
      for (const [name, secret] of Object.entries({ "": world.secret, ".new": coming }))
        writeFileSync(join(world.folder, `tokendesk.secret${name}`), secret, { mode: 0o600 });
      const told = await typed(text, { env: { TOKENDESK_DATA }, replace: { "/etc": world.folder } });
      expect(told).toContain("The secret is changed.");
      world.env.TOKENDESK_SECRET = coming;
    },
  "npm run audit:reset": async (text, { env }) => {
    const checkpoints = join(env.TOKENDESK_DATA ?? "", "audit-checkpoints.jsonl");
    renameSync(checkpoints, `${checkpoints}.aside`);
    expect(await typed(text, { env })).toContain("That this was asked for is an entry of it.");
  },
};
