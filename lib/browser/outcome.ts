import { ApiError, type ApiErrorCode } from "./api";

/** After these nobody here knows whether what was asked for was done. */
const unknownAfter = new Set<ApiErrorCode>([
  "network",
  "not_understood",
  "request_in_flight",
  "internal",
  "store_unavailable",
  "session_ended",
]);

/** Whether a write that failed with this may have been done all the same. */
export function outcomeIsUnknown(error: unknown): boolean {
  return error instanceof ApiError && unknownAfter.has(error.code);
}
