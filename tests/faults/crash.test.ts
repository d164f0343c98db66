import { expect, inject, test } from "vitest";
import { runCrashTest } from "../support/crash/run";
import { engines } from "../support/desk";
import { createDatabase } from "../support/postgres";
import { patience, tries } from "../support/size";

/* Both at once: they mostly wait for a desk to start, and for it to die. A failure names its seed, for `CRASH_SEED`. */
test.concurrent.each(engines)(
  "killed at random moments under a load of mints and revocations, the desk loses, doubles and forgets nothing, on %s",
  async (engine) => {
    const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
    const databaseUrl = engine === "postgres" ? await createDatabase(inject("postgresUrl")) : undefined;
    const { found, minted } = await runCrashTest({ rounds: tries(15, 200), seed, databaseUrl });
    expect(found, `seed ${seed}`).toEqual([]);
    // It would prove nothing if nothing had been done.
    expect(minted).toBeGreaterThan(10);
  },
  patience(600_000),
);
