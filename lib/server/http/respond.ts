import "server-only";
import type { Logger } from "pino";
import type { z } from "zod";
import { DeskError } from "../errors";
import { apiHeaders } from "./headers";
import { jsonText } from "./json-text";

/** A file that is written while it is read from the store. */
export type Download = { contentType: string; fileName: string; lines: AsyncIterable<string> };

/**
 * Our own answer, read once more by its schema: a column that somebody adds to a row does not get out by itself.
 * @throws DeskError `internal` where it does not fit; the log says where, never what stood there.
 */
export function checkOutput<T>(schema: z.ZodType<T>, value: unknown, log: Logger, requestId: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues
    .slice(0, 5)
    .map(({ code, path }) => `${path.map(String).join(".")}: ${code}`);
  log.error({ requestId, paths }, "an answer does not fit its schema");
  throw new DeskError("internal");
}

/** An answer in JSON. */
export function json(value: unknown, status: number, headers: Record<string, string> = {}): Response {
  return new Response(Buffer.from(jsonText(value)), {
    status,
    headers: { ...apiHeaders, ...headers, "Content-Type": "application/json" },
  });
}

/** An answer without a body. */
export const empty = (headers: Record<string, string> = {}): Response =>
  new Response(null, { status: 204, headers: { ...apiHeaders, ...headers } });

/** An answer that is saved as a file, one line after the other. When the source fails, the transfer breaks off. */
export function download(
  { contentType, fileName, lines }: Download,
  log: Logger,
  requestId: string,
): Response {
  const encoder = new TextEncoder();
  const source = lines[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await source.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        log.error(
          { requestId, error: error instanceof Error ? error.name : "unknown" },
          "a download broke off",
        );
        controller.error(new Error("broken off"));
      }
    },
    async cancel() {
      await source.return?.();
    },
  });
  return new Response(body, {
    headers: {
      ...apiHeaders,
      "Content-Type": contentType,
      "Content-Disposition": `attachment; filename="${fileName.replace(/[^\w.-]/g, "_")}"`,
    },
  });
}
