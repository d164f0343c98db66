import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seconds } from "@/lib/server/clock";
import { engines } from "../support/desk";
import { allCommands } from "./model/commands";
import { createWorld, firstModel, judge } from "./model/world";

/*
 * Whatever people, the portal and the machine do in whatever order: once it has come to rest the invariants hold.
 * `MODEL_RUNS=5000 npx vitest run tests/faults/model.test.ts` for more; a failure prints its seed and path, for
 * `MODEL_SEED` and `MODEL_PATH`.
 */

const { MODEL_RUNS, MODEL_SEED, MODEL_PATH } = process.env;
const runs = { sqlite: 400, postgres: 100 };
/** Asked for by hand, it takes as long as it takes. */
const limit = MODEL_RUNS === undefined ? { interruptAfterTimeLimit: seconds(15) } : {};

describe.each(engines)("any sequence of commands and faults on %s", (engine) => {
  test(
    "keeps the invariants",
    async () => {
      const sequences = fc.commands(allCommands, { maxCommands: 30, size: "max" });
      const property = fc.asyncProperty(sequences, async (commands) => {
        const real = await createWorld(engine);
        try {
          await fc.asyncModelRun(() => ({ model: firstModel(), real }), commands);
          expect(await judge(real)).toEqual([]);
        } finally {
          await real.t.stop();
        }
      });
      await fc.assert(property, {
        numRuns: Number(MODEL_RUNS ?? runs[engine]),
        ...(MODEL_SEED ? { seed: Number(MODEL_SEED) } : {}),
        ...(MODEL_PATH ? { path: MODEL_PATH } : {}),
        ...limit,
      });
    },
    MODEL_RUNS === undefined ? 240_000 : 0,
  );
});
