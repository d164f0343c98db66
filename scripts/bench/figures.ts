/** One line of the bench: what was measured, in which unit, and the aim it is held against. */
export type Figure = { name: string; value: number; unit: string; atMost?: number; atLeast?: number };

export const median = (values: number[]): number => quantile(values, 0.5);

/** The value below which a share of the values lies (nearest rank). */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Runs a task `count` times and gives each one's duration in milliseconds. */
export async function durations(count: number, task: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let run = 0; run < count; run += 1) taken.push(await duration(task));
  return taken;
}

/** A task's duration in milliseconds. */
export async function duration(task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}

/** Prints figures side by side with their aims; true when all are met. */
export function printFigures(title: string, figures: Figure[]): boolean {
  console.log(`\n${title}`);
  let met = true;
  for (const { name, value, unit, atMost, atLeast } of figures) {
    const ok =
      value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);
    met &&= ok;
    const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
    const isAimed = atMost !== undefined || atLeast !== undefined;
    const aim = isAimed ? `aim: ${bound} ${unit}${unit && " "}${ok ? "✓" : "✗ MISSED"}` : "";
    const shown = `${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`;
    console.log(`  ${name.padEnd(58)} ${shown.padStart(12)}   ${aim}`);
  }
  return met;
}
