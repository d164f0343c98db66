import { spawnSync } from "node:child_process";

/*
 * `npm run test:long`: the proofs by chance or by number, far beyond what `npm test` has time for. A failure by chance
 * prints its seed, and the variable to start from it again (MODEL_SEED and MODEL_PATH, FUZZ_SEED, CRASH_SEED).
 */

const proofs = [
  "tests/faults/model.test.ts",
  "tests/faults/crash.test.ts",
  "tests/attacks/fuzz-",
  "tests/integration/http/memory.test.ts",
  "tests/integration/http/ending.test.ts",
  "tests/integration/services/doctor",
];
const { status } = spawnSync("npx", ["vitest", "run", ...proofs, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, TEST_LONG: "on" },
});
process.exit(status ?? 1);
