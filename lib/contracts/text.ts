import { z } from "zod";

// To parse faster zod makes code out of text, where it is let. In our pages it is not, and each try would be reported
// as a breach of their policy. Here, because it is read when a schema is made, and the forms' schemas begin with these.
if (typeof window !== "undefined") z.config({ jitless: true });

/**
 * Text that people type: labels, tags, notes. Stored and shown as data, never as markup. Control characters
 * (line breaks too, unless asked for), NUL and lone surrogates are refused: they forge log lines and break stores.
 */
export function plainText(maxLength: number, options: { lines?: boolean } = {}) {
  const refused = options.lines ? /(?![\t\n\r])\p{Cc}/u : /\p{Cc}/u;
  return z
    .string()
    .max(maxLength, `At most ${maxLength} characters`)
    .refine((text) => !refused.test(text), "No control characters")
    .refine((text) => text.isWellFormed(), "No broken characters");
}

/** What a person calls a token. White space around it is dropped. */
export const label = plainText(120).trim().min(1, "Give it a name");
export const environment = plainText(40).trim();
export const purpose = plainText(200).trim();
export const integrationId = plainText(120).trim();
export const notes = plainText(2000, { lines: true });
export const note = plainText(500, { lines: true });
const tag = plainText(40).trim().min(1);
export const maxTags = 20;
export const tags = z
  .array(tag)
  .max(maxTags, `At most ${maxTags} tags`)
  .transform((list) => [...new Set(list)]);

/** RFC 3339 with an offset; the year is kept within what both stores and every browser can hold. */
export const instant = z.iso
  .datetime({ offset: true })
  .refine((text) => /^(19|20|21)\d\d-/.test(text), "Not a usable date");
