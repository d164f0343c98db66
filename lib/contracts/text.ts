import { z } from "zod";
import {
  longest,
  maxTags,
  type TextRules,
  textFault,
  tidyText,
  tooLong,
  tooManyTags,
} from "@/lib/shared/visible-text";

// To parse faster zod makes code out of text, where it is let. In our pages it is not, and each try would be reported
// as a breach of their policy. Here, because it is read when a schema is made, and the forms' schemas begin with these.
if (typeof window !== "undefined") z.config({ jitless: true });

/**
 * Text that people type: labels, tags, notes. Stored and shown as data, never as markup, and as NFC with single spaces.
 * What cannot be seen is refused: it forges names and log lines, and some of it breaks stores.
 */
export function plainText(rules: TextRules) {
  return z
    .string()
    .overwrite((text) => tidyText(text, rules.lines))
    .superRefine((text, context) => {
      const fault = textFault(text, rules);
      if (fault === undefined) return;
      const { message, unquoted } = fault;
      context.addIssue({ code: "custom", message, params: { unquoted } });
    });
}

/** What is there already, whatever it is called, to find it by: nothing of it is stored, so it is taken as it is. */
export function knownText(max: number) {
  return z
    .string()
    .refine((text) => text.length <= max, { error: ({ input }) => tooLong(String(input).length, max) })
    .refine((text) => !/\p{Cc}/u.test(text), "No control characters")
    .refine((text) => text.isWellFormed(), "No broken characters");
}

/** What a person calls a token. */
export const label = plainText({ max: longest.label, required: "Give it a name" });
export const environment = plainText({ max: longest.environment });
export const purpose = plainText({ max: longest.purpose });
export const integrationId = plainText({ max: longest.integrationId });
export const notes = plainText({ max: longest.notes, lines: true });
export const note = plainText({ max: longest.note, lines: true });
/** Tags to take off: also such as were given when they could still have what cannot be seen. */
export const knownTags = z
  .array(knownText(longest.tag).min(1, "A tag has a name"))
  .max(maxTags, { error: ({ input }) => tooManyTags((input as unknown[]).length) });
const tag = plainText({ max: longest.tag, required: "A tag has a name" });
export const tags = z
  .array(tag)
  .max(maxTags, { error: ({ input }) => tooManyTags((input as unknown[]).length) })
  .transform((list) => [...new Set(list)]);

/** RFC 3339 with an offset; the year is kept within what both stores and every browser can hold. */
export const instant = z.iso
  .datetime({ offset: true })
  .refine((text) => /^(19|20|21)\d\d-/.test(text), "Not a usable date");
