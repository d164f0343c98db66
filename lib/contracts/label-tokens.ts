import { z } from "zod";
import { mostFrom, patternFault } from "@/lib/shared/numbered-names";
import { knownTags, label, tags } from "./text";
import { metadata, selection, tokenId } from "./tokens";

/** Names for those that have none, numbered in the order of their ids: see `namesByPattern`. */
const names = z.strictObject({
  pattern: label,
  from: z.int("A whole number").min(0, "0 or more").max(mostFrom, `At most ${mostFrom}`).default(1),
});

/** One change for many tokens; what is left out stays as it is on each of them. */
export const labelTokensInput = z
  .strictObject({ ids: selection })
  .extend(
    z
      .strictObject({
        names,
        addTags: tags,
        removeTags: knownTags,
        environment: metadata.environment,
        purpose: metadata.purpose,
        expiresAt: metadata.expiresAt,
      })
      .partial().shape,
  )
  .refine(({ ids: _, ...change }) => Object.keys(change).length > 0, "Nothing to change")
  .superRefine(({ ids, names: given }, context) => {
    const message = given && patternFault(given, ids.length);
    if (message !== undefined) context.addIssue({ code: "custom", path: ["names", "pattern"], message });
  });
export type LabelTokensInput = z.infer<typeof labelTokensInput>;

export const labelTokensAnswer = z.strictObject({
  /** Those with an error stayed as they were. `has_name`: somebody named it meanwhile, and no pattern takes that away. */
  items: z.array(
    z.strictObject({ tokenId, error: z.enum(["wrong_state", "too_many_tags", "has_name"]).optional() }),
  ),
});
export type LabelTokensAnswer = z.infer<typeof labelTokensAnswer>;
