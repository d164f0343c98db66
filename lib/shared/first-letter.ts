/** The first character of a name, whole also where it takes more than one unit (an emoji, say). */
export function firstLetter(name: string): string {
  return [...name.trim()][0] ?? "";
}
