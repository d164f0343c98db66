import "server-only";
import { setImmediate } from "node:timers/promises";
import type { Logger } from "pino";
import { loggedError } from "../errors";
import { apiHeaders } from "./headers";

/** A file that is written while it is read from the store. */
export type Download = { contentType: string; fileName: string; lines: AsyncIterable<string> };

/** An answer in JSON. */
export function json(value: unknown, status: number, headers: Record<string, string> = {}): Response {
  return jsonParts([Buffer.from(JSON.stringify(value))], status, headers);
}

/** What is no longer than this is sent at once: to put it together takes less than a turn for each part. */
const longestAtOnce = 1024 * 1024;

/** The same of what is JSON already, in parts: where it is long, others have their turn between two, and what was sent is let go. */
export function jsonParts(
  parts: Buffer<ArrayBuffer>[],
  status: number,
  headers: Record<string, string> = {},
): Response {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const body = length > longestAtOnce ? inParts(parts) : Buffer.concat(parts, length);
  return new Response(body, {
    status,
    headers: { ...apiHeaders, ...headers, "Content-Type": "application/json" },
  });
}

/** Takes the parts out of their list as they are sent. */
const inParts = (parts: Buffer<ArrayBuffer>[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    async pull(controller) {
      await setImmediate();
      const part = parts.shift();
      if (part) controller.enqueue(part);
      else controller.close();
    },
  });

const partLength = 32 * 1024;

/** So many lines as make a part of a transfer. */
async function nextPart(source: AsyncIterator<string>): Promise<{ text: string; done: boolean }> {
  const lines: string[] = [];
  for (let length = 0; length < partLength; ) {
    const { done, value } = await source.next();
    if (done) return { text: lines.join(""), done: true };
    lines.push(value);
    length += value.length;
  }
  return { text: lines.join(""), done: false };
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
  let unwanted = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        // Line by line, each would be sent by itself; and whoever reads fast would leave nobody else a turn.
        await setImmediate();
        const { text, done } = await nextPart(source);
        if (unwanted) return;
        if (text !== "") controller.enqueue(encoder.encode(text));
        if (done) controller.close();
      } catch (error) {
        log.error({ requestId, ...loggedError(error) }, "a download broke off");
        controller.error(new Error("broken off"));
      }
    },
    async cancel() {
      unwanted = true;
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
