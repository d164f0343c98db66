import type { Problem, ProblemCode } from "@/lib/contracts/problem";

/*
 * The only way from the browser to our own API. JSON goes out and comes back; whatever is not a success becomes an
 * `ApiError` with a code, and only the code decides what happens next. Nothing is kept here, and no body is ever
 * logged: one of the answers holds a token.
 */

/** What can go wrong besides the server's own problems: no answer at all, and an answer that is not ours. */
export type ApiErrorCode = ProblemCode | "network" | "not_understood";

export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: ApiErrorCode,
    /** The HTTP status; 0 where no answer came. */
    readonly status: number,
    readonly problem?: Problem,
  ) {
    super(code);
  }
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

export type ApiOptions = {
  method?: Method;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Timers and refetches on focus: the call must not keep an idle session alive. */
  background?: boolean;
};

type Listener = (error: ApiError) => void;
const sessionEndListeners = new Set<Listener>();

/** Calls back whenever an answer says that there is no session any more. Returns how to stop listening. */
export function onSessionEnded(listener: Listener): () => void {
  sessionEndListeners.add(listener);
  return () => sessionEndListeners.delete(listener);
}

/** Calls one of our own routes and returns its answer. Throws an `ApiError`, or the abort of `signal`. */
export async function api<T>(path: string, options: ApiOptions = {}): Promise<T> {
  const response = await send(path, options);
  if (response.ok) return (await readBody(response)) as T;
  const error = await readProblem(response);
  if (error.code === "unauthorized" || error.code === "session_ended") {
    for (const listener of sessionEndListeners) listener(error);
  }
  throw error;
}

async function send(path: string, options: ApiOptions): Promise<Response> {
  const headers = new Headers(options.headers);
  headers.set("Accept", "application/json");
  if (options.background) headers.set("Tokendesk-Background", "1");
  const init: RequestInit = {
    method: options.method ?? "GET",
    headers,
    credentials: "same-origin",
    cache: "no-store",
    signal: options.signal,
  };
  if (options.body !== undefined) {
    headers.set("Content-Type", "application/json");
    init.body = JSON.stringify(options.body);
  }
  try {
    return await fetch(path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError("network", 0);
  }
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  try {
    return await response.json();
  } catch {
    throw new ApiError("not_understood", response.status);
  }
}

/** Turns an unsuccessful answer into an error; what is no problem document of ours is `not_understood`. */
export async function readProblem(response: Response): Promise<ApiError> {
  try {
    const body: unknown = await response.json();
    if (isProblem(body)) return new ApiError(body.code, response.status, body);
  } catch {
    // Not JSON: something in front of the desk has answered.
  }
  return new ApiError("not_understood", response.status);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && typeof body.code === "string";
}
