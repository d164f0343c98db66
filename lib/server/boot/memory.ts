import "server-only";
import { setFlagsFromString } from "node:v8";
import { writeStack } from "../errors";
import { once } from "../runtime";

/** What keeps the process small, whatever it is asked (measured in docs/decisions/2026-11-26-memory.md). Once a process. */
export const spareMemory = (): void =>
  once("memory", () => {
    // What V8 compiles anew as it gets busy is live heap: less of it, and later.
    setFlagsFromString("--max-inlined-bytecode-size-cumulative=300");
    // Node 22 and later have no such flag, and would say so at every start.
    if (process.versions.v8.startsWith("11.")) setFlagsFromString("--interrupt-budget=270336");
    writeAbortReasons();
  });

/**
 * Has every abort's reason write its stack at once. The framework aborts something at the end of each render, with a reason
 * whose stack nobody reads; until then V8 keeps the frames, a frame keeps the `Immediate` that it ran in, that one its
 * neighbours in the queue, and each of them its request: while requests overlap, none is ever let go (react/react#37288,
 * vercel/next.js#97351).
 */
function writeAbortReasons(): void {
  const { abort } = AbortController.prototype;
  AbortController.prototype.abort = function (
    this: AbortController,
    // The platform's own, where none is given.
    reason: unknown = new DOMException("This operation was aborted", "AbortError"),
  ) {
    writeStack(reason);
    abort.call(this, reason);
  };
}
