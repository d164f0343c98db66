import "server-only";
import { once } from "../runtime";
import { scrub } from "../scrub";

type Write = typeof process.stdout.write;

/**
 * Puts everything that this process prints through the scrubber: the framework prints errors past our log, with
 * whatever they carry (ASVS 16.2.5). Once a process.
 */
export function scrubOutput(): void {
  once("scrub-output", () => {
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream) as Write;
      stream.write = ((chunk: string | Uint8Array, ...rest: []) =>
        write(
          scrub(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8")),
          ...rest,
        )) as Write;
    }
    return true;
  });
}
