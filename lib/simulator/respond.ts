import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { createGzip } from "node:zlib";
import type { Reply } from "./wire";

/** An answer to be given, and the place where its status is noted. */
export interface Answer {
  response: ServerResponse;
  /** Called before the first byte goes out, so that whoever has the answer finds it in the call log. */
  noteStatus(status: number): void;
}

/** Sends an answer whole. */
export function send(answer: Answer, reply: Reply): void {
  head(answer, reply.status, headersOf(reply));
  answer.response.end(reply.body);
}

function head({ response, noteStatus }: Answer, status: number, headers: Record<string, string>): void {
  noteStatus(status);
  response.writeHead(status, headers);
}

function headersOf(reply: Reply): Record<string, string> {
  const headers: Record<string, string> = {};
  if (reply.status !== 204) headers["Content-Length"] = String(Buffer.byteLength(reply.body));
  if (reply.contentType !== "") headers["Content-Type"] = reply.contentType;
  return { ...headers, ...reply.headers };
}

/** Cuts the connection with a reset, so that the client sees an error and not an end. */
export function reset({ response }: Answer): void {
  response.socket?.resetAndDestroy();
}

/** Sends the head and the first half, then cuts. An answer without a body is cut before its head. */
export async function sendHalf(answer: Answer, reply: Reply): Promise<void> {
  const { response } = answer;
  const body = Buffer.from(reply.body);
  if (body.length === 0) return reset(answer);
  head(answer, reply.status, headersOf(reply));
  await new Promise<void>((resolve) => {
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () => resolve());
    response.once("close", () => resolve());
  });
  response.socket?.destroy();
}

/** Sends the answer a few bytes at a time. */
export async function drip(
  answer: Answer,
  reply: Reply,
  bytesPerStep: number,
  msPerStep: number,
): Promise<void> {
  const { response } = answer;
  head(answer, reply.status, headersOf(reply));
  response.flushHeaders();
  const body = Buffer.from(reply.body);
  for (let at = 0; at < body.length && !response.destroyed; at += bytesPerStep) {
    await wait(msPerStep, undefined, { ref: false });
    response.write(body.subarray(at, at + bytesPerStep));
  }
  response.end();
}

const chunkBytes = 64 * 1024;

/** Sends a body of about so many bytes: a JSON array of strings that look like tokens, or one long text. */
export async function sendHuge(answer: Answer, bytes: number, shape: "json" | "text"): Promise<void> {
  head(answer, 200, { "Content-Type": shape === "json" ? "application/json" : "text/plain" });
  const item = `"${"0".repeat(8)}-${"0".repeat(4)}-${"0".repeat(4)}-${"0".repeat(4)}-${"0".repeat(12)}",`;
  const filling =
    shape === "json" ? item.repeat(Math.ceil(chunkBytes / item.length)) : "0".repeat(chunkBytes);
  const edges: [string, string] = shape === "json" ? ["[", '"end"]'] : ["", ""];
  await quietly(pipeline(Readable.from(fill(edges, filling, bytes)), answer.response));
}

/** Sends a gzip body that unpacks to about so many bytes. */
export async function sendGzipBomb(answer: Answer, bytes: number): Promise<void> {
  head(answer, 200, { "Content-Type": "application/json", "Content-Encoding": "gzip" });
  const source = Readable.from(fill(['["', '"]'], "0".repeat(chunkBytes), bytes));
  await quietly(pipeline(source, createGzip({ level: 9 }), answer.response));
}

function* fill([before, after]: [string, string], filling: string, bytes: number): Generator<string> {
  yield before;
  for (let sent = 0; sent < bytes; sent += filling.length) yield filling;
  yield after;
}

/** A client that has seen enough hangs up, which is the point. */
async function quietly(sending: Promise<void>): Promise<void> {
  try {
    await sending;
  } catch {
    // Nothing to do: the connection is gone.
  }
}
