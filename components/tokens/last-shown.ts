/*
 * Which token's own page was open last: the list that one comes back to begins there. The list of a signed-out person
 * is gone with its document, and this with it.
 */

let lastShown: string | null = null;

export function noteShown(tokenId: string): void {
  lastShown = tokenId;
}

/** Tells it once. */
export function takeLastShown(): string | null {
  const tokenId = lastShown;
  lastShown = null;
  return tokenId;
}
