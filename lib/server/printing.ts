import "server-only";
import { StringDecoder } from "node:string_decoder";
import { once } from "./runtime";
import { scrubLine } from "./scrub";
import { HeldLine } from "./scrub/held-line";

type Stream = NodeJS.WriteStream;
type Write = Stream["write"];
type Callback = (error?: Error | null) => void;

const rawWrites = () => once("printing.raw", () => new Map<Stream, Write>());

/** How a stream prints what was scrubbed already. */
export const rawWrite = (stream: Stream): Write =>
  rawWrites().get(stream) ?? (stream.write.bind(stream) as Write);

/**
 * Puts everything that this process prints through the scrubber: the framework prints errors past our log, with
 * whatever they carry (ASVS 16.2.5). A line is printed when it is whole, so that no secret gets through in two parts.
 * Once a process.
 */
export function scrubOutput(): void {
  once("scrub-output", () => {
    for (const stream of [process.stdout, process.stderr]) {
      const write = rawWrite(stream);
      rawWrites().set(stream, write);
      const line = new HeldLine(scrubLine);
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
