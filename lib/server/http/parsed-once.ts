import "server-only";
import { z } from "zod";
import { once } from "../runtime";

/**
 * A schema that checks a frozen object once in its life: what cannot change stays valid. For long lists whose
 * items are kept between requests; anything that is not frozen is checked every time.
 */
export function parsedOnce<T extends object>(name: string, schema: z.ZodType<T>): z.ZodType<T> {
  const valid = once(`parsed-once:${name}`, () => new WeakSet<object>());
  return z.custom<T>().transform((item, ctx) => {
    if (typeof item === "object" && item !== null && valid.has(item)) return item;
    const parsed = schema.safeParse(item);
    if (!parsed.success) {
      for (const issue of parsed.error.issues)
        ctx.addIssue({ code: "custom", path: issue.path, message: issue.code });
      return z.NEVER;
    }
    if (Object.isFrozen(item)) valid.add(item);
    return item;
  }) as unknown as z.ZodType<T>;
}
