import "server-only";
import { apiPolicy } from "@/lib/shared/security-headers";

/** What every answer of the API carries besides the headers that all answers have (`server/peer`). */
export const apiHeaders: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": apiPolicy,
  Vary: "Sec-Fetch-Site",
};
