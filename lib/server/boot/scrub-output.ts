import "server-only";
import { StringDecoder } from "node:string_decoder";
import { once } from "../runtime";
import { scrub } from "../scrub";
import { HeldLine } from "../scrub/held-line";

type Write = typeof process.stdout.write;
type Callback = (error?: Error | null) => void;

/**
 * Puts everything that this process prints through the scrubber: the framework prints errors past our log, with
 * whatever they carry (ASVS 16.2.5). A line is printed when it is whole, so that no secret gets through in two parts.
 * Once a process.
 */
export function scrubOutput(): void {
  once("scrub-output", () => {
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream) as Write;
      const line = new HeldLine(scrub);
      const decoder = new StringDecoder("utf8");
      // Whoever read it is gone, or has no room. To print that, as the framework would, fails in turn, without end.
      stream.on("error", () => {});
      stream.write = ((
        chunk: string | Uint8Array,
        encoding?: BufferEncoding | Callback,
        done?: Callback,
      ): boolean => {
        const bytes =
          typeof chunk === "string"
            ? Buffer.from(chunk, typeof encoding === "string" ? encoding : "utf8")
            : Buffer.from(chunk);
        return write(line.push(decoder.write(bytes)), typeof encoding === "function" ? encoding : done);
      }) as Write;
      process.on("exit", () => write(line.end()));
    }
    return true;
  });
}
