/*
 * How far the proofs by chance go: the model, the crash test, the fuzzing. In `npm test` as far as finds what they have
 * found before; in `npm run test:long`, for a night or before a release, much further.
 */

const isLong = process.env.TEST_LONG === "on";

/** How often to try. */
export const tries = (usual: number, long: number): number => (isLong ? long : usual);

/** A test's patience in milliseconds; the long form takes as long as it takes. */
export const patience = (ms: number): number => (isLong ? 0 : ms);
