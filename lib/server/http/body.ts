import "server-only";
import { performance } from "node:perf_hooks";
import { seconds } from "../clock";
import { DeskError } from "../errors";

/** The most that a body may have, in bytes. */
export const bodyLimit = 64 * 1024;

/** A body's media type, in lower case and without parameters; undefined where the request names none. */
const mediaType = (headers: Headers): string | undefined =>
  headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();

/**
 * Wants one of these media types, and no compression: a small body could unpack into a large one.
 * @throws DeskError `unsupported_media_type`
 */
export function requireMediaType(headers: Headers, allowed: readonly string[]): void {
  const type = mediaType(headers);
  if (type === undefined || !allowed.includes(type) || headers.has("content-encoding"))
    throw new DeskError("unsupported_media_type");
}

/** How long a body may take to arrive: whoever sends it byte by byte would act long after they were let in. */
const bodyTimeMs = seconds(10);

/**
 * The body as text, counted while it is read: a length header may be missing or lie.
 * @throws DeskError `too_large`; `bad_request` where it is not UTF-8, breaks off or takes too long.
 */
export async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length")) > bodyLimit) throw new DeskError("too_large");
  const reader = request.body?.getReader();
  if (!reader) return "";
  const late = setTimeout(() => void reader.cancel().catch(() => {}), bodyTimeMs);
  const startedAt = performance.now();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new DeskError("bad_request", { detail: "The body broke off." });
    });
    if (done) break;
    size += value.byteLength;
    if (size > bodyLimit) {
      void reader.cancel().catch(() => {});
      throw new DeskError("too_large");
    }
    chunks.push(value);
  }
  clearTimeout(late);
  if (performance.now() - startedAt >= bodyTimeMs)
    throw new DeskError("bad_request", { detail: "The body took too long." });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new DeskError("bad_request", { detail: "The body is not UTF-8." });
  }
}

/**
 * The body as JSON. No body at all counts as `{}`: what an action must be told, its schema asks for.
 * @throws DeskError `unsupported_media_type`, `too_large`, `bad_request`
 */
export async function readJson(request: Request, types: readonly string[]): Promise<unknown> {
  if (mediaType(request.headers) === undefined) {
    if ((await readText(request)) === "") return {};
    throw new DeskError("unsupported_media_type");
  }
  requireMediaType(request.headers, types);
  const text = await readText(request);
  try {
    return JSON.parse(text);
  } catch {
    throw new DeskError("bad_request", { detail: "The body is not JSON." });
  }
}
