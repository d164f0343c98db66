import "server-only";
import type { CopyFormat } from "@/lib/contracts/tokens";

/** A token as it is pasted somewhere: alone, as the portal's header, as a line of an `.env` file, or as a first call. */
export function composeCopy(token: string, as: CopyFormat, baseUrl: string): string {
  switch (as) {
    case "raw":
      return token;
    case "header":
      return `X-Auth-Token: ${token}`;
    case "env":
      return `RINGCX_API_TOKEN=${quoteForShell(token)}`;
    case "curl":
      return `curl -H ${quoteForShell(`X-Auth-Token: ${token}`)} ${quoteForShell(`${baseUrl}/v1/admin/users`)}`;
  }
}

/** A word that POSIX shells and `.env` readers take as it is; quoted only where it must be. */
const quoteForShell = (word: string): string =>
  /^[\w:@./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
