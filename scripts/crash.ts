import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCrashTest } from "../tests/support/crash/run";
import { createDatabase, startPostgres } from "../tests/support/postgres";
import { ensureBuild } from "./ensure-build";

/*
 * `npm run test:crash -- --rounds 200 --engine postgres --seed 7`: kills the desk as often as one likes. CI runs a
 * few dozen rounds on both engines (tests/faults/crash.test.ts).
 */

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "30" },
    engine: { type: "string", default: "sqlite" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
if (!(rounds > 0) || !Number.isInteger(seed) || !["sqlite", "postgres"].includes(values.engine)) {
  console.error("Usage: npm run test:crash -- [--rounds 30] [--engine sqlite|postgres] [--seed 1]");
  process.exit(2);
}

ensureBuild(resolve(import.meta.dirname, ".."));
const postgres = values.engine === "postgres" ? await startPostgres() : undefined;
try {
  const databaseUrl = postgres && (await createDatabase(postgres.url));
  console.log(`${rounds} rounds on ${values.engine}, seed ${seed}`);
  const onRound = (round: number, livedMs: number) => console.log(`${round}: killed after ${livedMs} ms`);
  const { found, ...counts } = await runCrashTest({ rounds, seed, databaseUrl, onRound });
  console.log(counts);
  for (const violation of found) console.error(violation);
  console.log(
    found.length === 0 ? "Everything that must hold holds." : `${found.length} violations, seed ${seed}`,
  );
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await postgres?.stop();
}
