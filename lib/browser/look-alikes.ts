import lettersLike from "unhomoglyph/data.json";
import { fold } from "@/lib/shared/fold";

/** Unicode's table of confusable characters (UTS 39): each one, and what it looks like. */
const table = new Map(Object.entries(lettersLike));

/** What is left of a text when each letter, or each foreign one, is the simplest one that looks like it. */
function skeleton(text: string, which: "all" | "foreign" = "all"): string {
  let simple = "";
  for (const character of text.normalize("NFD")) {
    const stays = which === "foreign" && character < "\u0080";
    simple += stays ? character : (table.get(character) ?? character);
  }
  return simple.normalize("NFD");
}

/**
 * Two names look alike where they have one of these in common: as they are written, in small letters, and in small letters once
 * foreign ones are what they look like. A capital I looks like an l, which its small letter does not.
 */
export function lookAlikeKeys(name: string): string[] {
  const ways = [name, skeleton(name, "foreign"), skeleton(name)];
  return [...new Set(ways.map((way) => skeleton(fold(way)).trim()))];
}
