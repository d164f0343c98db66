import lettersLike from "unhomoglyph/data.json";
import { fold } from "@/lib/shared/fold";

/** Unicode's table of confusable characters (UTS 39): each one, and what it looks like. */
const table = new Map(Object.entries(lettersLike));

/** What is left of a text when each letter is the simplest one that looks like it. */
function skeleton(text: string): string {
  let simple = "";
  for (const character of text.normalize("NFD")) simple += table.get(character) ?? character;
  return simple.normalize("NFD");
}

/**
 * Two names look alike where they have one of these in common. Both ways: a capital I looks like an l, which its small
 * letter does not, and letters that are folded first may look like others then.
 */
export function lookAlikeKeys(name: string): string[] {
  return [...new Set([skeleton(fold(name)), fold(skeleton(name))].map((key) => key.trim()))];
}
