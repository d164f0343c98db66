import { renameSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { typed } from "@/tests/support/documents";
import { dumpAndRestore } from "./postgresql";
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
  'pg_dump --format=custom --file=/backups/tokendesk.dump "$DATABASE_URL"': dumpAndRestore,
  'curl -X DELETE -H "X-Auth-Token: TOKEN" "https://portal.vacd.biz/api/v1/admin/token/TOKEN"   # false, or an error: it lives':
    async (text, { desk }) => {
      const { userName } = desk.simulator.seed.user("ann");
      const [token = ""] = (await desk.portal.user(userName)).tokens;
      const replace = { "https://portal.vacd.biz/api": desk.simulator.baseUrl, TOKEN: token };
      const told = await typed(text, { env: {}, replace });
      expect(told).toMatch(/true$/);
      expect((await desk.portal.user(userName)).tokens).not.toContain(token);
    },
  "read -rs PASSWORD": async (text, { desk }) => {
    const { userName, password } = desk.simulator.seed.user("ben");
    const [signIn = "", list = ""] = text.split(/(?=^curl )/m);
    const portal = { "https://portal.vacd.biz/api": desk.simulator.baseUrl };
    const replace = { ...portal, "ann@example.com": userName };
    const told = await typed(signIn, { env: {}, input: `${password}\n`, replace });
    const { authToken } = JSON.parse(told.slice(told.indexOf("{"))) as { authToken: string };
    const listed = await typed(list, {
      env: {},
      replace: { ...portal, "the authToken of that answer": authToken },
    });
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
  "TOKENDESK_SECRET=…the present one… TOKENDESK_NEW_SECRET=…the coming one… npm run secret:change": async (
    text,
    world,
  ) => {
    await world.desk.stop();
    const coming = newSecret();
    const { TOKENDESK_DATA = "" } = world.env;
    const told = await typed(text, {
      env: { TOKENDESK_DATA },
      replace: { "…the present one…": world.secret, "…the coming one…": coming },
    });
    expect(told).toContain("The secret is changed.");
    world.env.TOKENDESK_SECRET = coming;
  },
  "npm run audit:reset": async (text, { env }) => {
    const checkpoints = join(env.TOKENDESK_DATA ?? "", "audit-checkpoints.jsonl");
    renameSync(checkpoints, `${checkpoints}.aside`);
    expect(await typed(text, { env })).toContain("That this was asked for is an entry of it.");
  },
};
