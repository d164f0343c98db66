import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { engines } from "../support/desk";
import { patience, tries } from "../support/size";
import { allCommands } from "./model/commands";
import { createWorld, firstModel, judge } from "./model/world";

/*
 * Whatever people, the portal and the machine do in whatever order: once it has come to rest the invariants hold.
 * A failure prints its seed and path, for `MODEL_SEED` and `MODEL_PATH`.
 */

const { MODEL_SEED, MODEL_PATH } = process.env;
const runs = { sqlite: tries(60, 1_000), postgres: tries(25, 500) };

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
        numRuns: runs[engine],
        ...(MODEL_SEED ? { seed: Number(MODEL_SEED) } : {}),
        ...(MODEL_PATH ? { path: MODEL_PATH } : {}),
      });
    },
    patience(240_000),
  );
});
