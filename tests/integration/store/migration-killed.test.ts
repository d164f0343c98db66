import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { auditHead } from "@/lib/server/store/audit";
import { migrate, openStore } from "@/lib/server/store/open";
import { runCommand } from "../../support/command";
import { engines } from "../../support/desk";
import { createDatabase } from "../../support/postgres";

/* Half of the tables would be a store that no version of the desk can work on: a migration is whole or not there. */

test.each(engines)(
  "killed in a migration twenty times over, the store on %s opens",
  async (engine) => {
    const dataDir = mkdtempSync(join(tmpdir(), "tokendesk-killed-"));
    const databaseUrl = engine === "postgres" ? await createDatabase(inject("postgresUrl")) : undefined;
    const run = (dieAtStep: number) =>
      runCommand(
        "tests/support/migrate-store.ts",
        { TOKENDESK_DATA: dataDir, DATABASE_URL: databaseUrl },
        { dieAtStep },
      );
    // The first tables are some twenty statements: at each of them, and at the commit.
    for (let step = 1; step <= 20; step += 1) {
      expect(await run(step)).toEqual({ code: null, output: "" });
      const db = openStore({ dataDir, databaseUrl });
      const names = (await db.introspection.getTables()).map(({ name }) => name);
      await db.destroy();
      expect(names).toEqual([]);
    }
    const db = openStore({ dataDir, databaseUrl });
    await migrate(db);
    expect((await auditHead(db)).seq).toBe(0);
    await db.destroy();
    expect(await run(1_000)).toEqual({ code: 0, output: "" });
    rmSync(dataDir, { recursive: true, force: true });
  },
  300_000,
);
