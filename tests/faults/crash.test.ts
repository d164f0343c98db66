import { expect, inject, test } from "vitest";
import { runCrashTest } from "../support/crash/run";
import { engines } from "../support/desk";
import { createDatabase } from "../support/postgres";

/* Rounds and seed can be had otherwise: `npm run test:crash -- --rounds 200 --engine postgres --seed 7`. */
test.each(engines)(
  "killed at random moments under a load of mints and revocations, the desk loses, doubles and forgets nothing, on %s",
  async (engine) => {
    const seed = Date.now() % 1_000_000;
    const databaseUrl = engine === "postgres" ? await createDatabase(inject("postgresUrl")) : undefined;
    const { found, minted } = await runCrashTest({ rounds: 15, seed, databaseUrl });
    expect(found, `seed ${seed}`).toEqual([]);
    // It would prove nothing if nothing had been done.
    expect(minted).toBeGreaterThan(10);
  },
  170_000,
);
