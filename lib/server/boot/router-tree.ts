import "server-only";
import { z } from "zod";

/*
 * The state of Next's router, which its requests for a part of a page bring along. One that Next cannot read it answers with a
 * bare 500 and three lines of the log; without any it renders the whole page.
 */

/** As `flightRouterStateSchema` of Next's has it, a level of the tree at a time. */
const segment = z.union([
  z.string(),
  z.tuple([
    z.string(),
    z.string(),
    z.string().regex(/^(?:o?c|d|[cd]i(?:\(\.{1,3}\)|\(\.\.\)\(\.\.\)))$/),
    z.array(z.string()).nullable(),
  ]),
]);
const level = z.tuple([
  segment,
  z.custom<object>((value) => typeof value === "object" && value !== null && !Array.isArray(value)),
  z.tuple([z.string(), z.string()]).nullish(),
  z.enum(["refetch", "inside-shared-layout", "metadata-only"]).nullish(),
  z.number().nullish(),
  z.string().optional(),
]);

const longest = 40_000;
/** No page of ours has half as many. */
const mostLevels = 20;

function isTree(value: unknown, levels = mostLevels): boolean {
  const { success, data } = level.safeParse(value);
  return success && levels > 0 && Object.values(data[1]).every((child) => isTree(child, levels - 1));
}

/** Whether Next can read the header. */
export function isRouterTree(header: string): boolean {
  try {
    return header.length <= longest && isTree(JSON.parse(decodeURIComponent(header)));
  } catch {
    return false;
  }
}
