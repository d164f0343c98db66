/*
 * A secret's way from the desk's answer into the clipboard. It is a local variable here and in the caller, and goes
 * into no state, cache, storage, title or log. Whether the clipboard took it is told apart from everything else: a
 * failure must never look like a success.
 */

/** `refused`: the browser did not take it, and the caller may show it once for copying by hand. */
export type ClipboardOutcome = { state: "copied" } | { state: "refused"; text: string };

/**
 * Reads a secret and writes it into the clipboard. The clipboard is given a promise before the secret is asked for,
 * so that the browser still counts it as the press of the button. Rejects with what `read` throws.
 */
export async function copySecret(read: () => Promise<string>): Promise<ClipboardOutcome> {
  const text = read();
  // Whoever waits for the clipboard hears of a failed read from below; the promise itself must not count as unhandled.
  text.catch(() => undefined);
  if (await writeItem(text)) return { state: "copied" };
  const value = await text;
  if (await writeText(value)) return { state: "copied" };
  return { state: "refused", text: value };
}

async function writeItem(text: Promise<string>): Promise<boolean> {
  if (typeof ClipboardItem === "undefined" || !navigator.clipboard?.write) return false;
  try {
    const blob = text.then((value) => new Blob([value], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    return true;
  } catch {
    return false;
  }
}

async function writeText(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return false;
  }
}

/** Empties the clipboard. False where the browser does not let us. */
export async function clearClipboard(): Promise<boolean> {
  try {
    await navigator.clipboard.writeText("");
    return true;
  } catch {
    return false;
  }
}
