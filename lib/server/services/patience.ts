import "server-only";
import type { Clock } from "../clock";

/**
 * What a task gives, or undefined when it takes longer than a browser is kept waiting; it goes on either way. What it
 * throws after that is for whoever began it to note.
 */
export async function withinPatience<T>(clock: Clock, task: Promise<T>, ms: number): Promise<T | undefined> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(
    () => undefined,
    () => undefined,
  );
  task.catch(() => {});
  try {
    return await Promise.race([task, late]);
  } finally {
    // With a reason of its own: the platform's would be an error with a stack, at every request.
    done.abort("done");
  }
}
