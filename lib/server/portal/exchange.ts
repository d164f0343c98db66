import "server-only";
import type { Dispatcher } from "undici";
import { causeOf, type PortalCause } from "../cause";
import { PortalError, type PortalErrorKind, type Sent } from "./error";
import { isHtml, isNo } from "./status-error";

/** One request, ready to be sent. `endpoint` is the template that errors name instead of `path`. */
export type Outgoing = {
  endpoint: string;
  method: "GET" | "POST" | "DELETE";
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Largest body that is read, in bytes; more than that is not understood. */
  maxBytes: number;
  /** Aborted with the reason `"timeout"` or `"aborted"`. */
  signal: AbortSignal;
};

/**
 * One answer. `text` is read of a 2xx, and of what may be the portal's own no to know whether it is; of any other failure it
 * is empty.
 */
export type Answer = {
  status: number;
  contentType: string;
  retryAfter?: string;
  date?: string;
  text: string;
};

/** In so many pieces an answer may come, those that only say that it will come counted too: each costs time of everybody's. */
const mostPieces = 20_000;
const discardBytes = 16_384;
const discardMs = 1_000;
/** The portal's own errors take some two hundred bytes. */
const noBytes = 16_384;

/**
 * Sends one request once and reads its answer. Redirects are not followed, compressed bodies are refused (a few bytes
 * could become gigabytes), and the body, its pieces too, is counted while it arrives.
 *
 * Throws `unavailable` (no connection, TLS, reset), `timeout`, `aborted`, `not_understood` (not HTTP, too
 * large, compressed), each with `sent: "no"` when no byte of the request can have left.
 */
export function exchange(dispatcher: Dispatcher, origin: string, outgoing: Outgoing): Promise<Answer> {
  const { endpoint, method, path, headers, body, maxBytes, signal } = outgoing;
  return new Promise((resolve, reject) => {
    let control: Dispatcher.DispatchController | undefined;
    let sent: Sent = "no";
    let settled = false;
    let answer: Answer | undefined;
    let received = 0;
    let pieces = 0;
    // Read while it comes: kept as they are, pieces of one byte take a hundred times their size.
    const decoder = new TextDecoder();
    let text = "";
    let discard: NodeJS.Timeout | undefined;

    const settle = () => {
      settled = true;
      signal.removeEventListener("abort", onAbort);
    };
    const fail = (kind: PortalErrorKind, cause?: PortalCause, tooLarge?: boolean) => {
      if (settled) return;
      settle();
      reject(new PortalError(kind, { endpoint, sent, status: answer?.status, cause, tooLarge }));
    };
    const refuse = (tooLarge: boolean) => {
      fail("not_understood", tooLarge ? undefined : "unexpected_answer", tooLarge);
      control?.abort(new Error("refused"));
    };
    /** A short rest is read, to keep the connection; a long or slow one costs it. */
    const leave = (controller: Dispatcher.DispatchController) => {
      if (answer) succeed(answer);
      discard = setTimeout(() => controller.abort(new Error("discarded")), discardMs).unref();
    };
    const takePiece = () => {
      pieces += 1;
      if (pieces > mostPieces) refuse(true);
    };
    const succeed = (result: Answer) => {
      if (settled) return;
      settle();
      resolve(result);
    };
    const onAbort = () => {
      if (signal.reason === "timeout") fail("timeout", "timeout");
      else fail("aborted");
      control?.abort(new Error("given up"));
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });

    dispatcher.dispatch(
      { origin, path, method, headers, body },
      {
        onRequestStart(controller) {
          // Given up while it waited for a connection, or started anew by the library: not a byte of it may leave.
          if (settled || sent === "maybe") return controller.abort(new Error("not to be sent"));
          control = controller;
          sent = "maybe";
        },
        onResponseStart(controller, status, answerHeaders) {
          if (status < 200) return takePiece();
          answer = {
            status,
            contentType: one(answerHeaders["content-type"]) ?? "",
            retryAfter: one(answerHeaders["retry-after"]),
            date: one(answerHeaders.date),
            text: "",
          };
          const encoded = isEncoded(one(answerHeaders["content-encoding"]));
          if (status > 299) {
            // Whose no it is stands in its body.
            if (!isNo(status) || encoded || isHtml(answer)) leave(controller);
          } else if (encoded) refuse(false);
          else if (Number(one(answerHeaders["content-length"]) ?? 0) > maxBytes) refuse(true);
        },
        onResponseData(controller, chunk) {
          received += chunk.length;
          if (settled) {
            if (received > discardBytes) controller.abort(new Error("discarded"));
            return;
          }
          takePiece();
          if (answer && answer.status > 299 && received > noBytes) leave(controller);
          else if (received > maxBytes) refuse(true);
          else text += decoder.decode(chunk, { stream: true });
        },
        onResponseEnd() {
          clearTimeout(discard);
          if (answer) succeed({ ...answer, text: text + decoder.decode() });
        },
        onResponseError(_controller, error) {
          clearTimeout(discard);
          const kind = kindOf(error, answer !== undefined);
          fail(kind, kind === "not_understood" ? "another_server" : causeOf(error));
        },
      },
    );
  });
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function isEncoded(contentEncoding: string | undefined): boolean {
  return !["", "identity"].includes(contentEncoding?.trim().toLowerCase() ?? "");
}

/** The library's errors by name and code only: their messages quote hosts and answers. */
function kindOf(error: Error, hasBegun: boolean): PortalErrorKind {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (/^UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT$|^ETIMEDOUT$/.test(code)) return "timeout";
  if (/^UND_ERR_(?:CLOSED|DESTROYED)$/.test(code)) return "aborted";
  // What breaks off inside an answer is a broken connection; what does not begin as one is no answer.
  if (error.name === "HTTPParserError") return hasBegun ? "unavailable" : "not_understood";
  if (/^UND_ERR_(?:HEADERS_OVERFLOW|RES_EXCEEDED_MAX_SIZE)$/.test(code)) return "not_understood";
  return "unavailable";
}
