/*
 * Which token's own page was open last, and how the list was narrowed before: the list that one comes back to begins
 * there. The list of a signed-out person is gone with its document, and this with it.
 */

let lastShown: string | null = null;
let listAddress = "/tokens";

/** The list's address with its filters, which never holds a token. */
export function noteList(address: string): void {
  listAddress = address;
}

export function lastList(): string {
  return listAddress;
}

export function noteShown(tokenId: string): void {
  lastShown = tokenId;
}

/** Tells it once. */
export function takeLastShown(): string | null {
  const tokenId = lastShown;
  lastShown = null;
  return tokenId;
}
