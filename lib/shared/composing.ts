/** Any event of the browser: what is no key has neither. */
type KeyEvent = { type: string; isComposing?: boolean; keyCode?: number };

/**
 * Whether a key belongs to whoever is composing a character (Japanese, Chinese, Korean): Enter takes a word there, Esc
 * drops it, arrows choose another. Asked first in every key handling of our own, of a native event or of React's. Safari
 * tells of the key that ends a composition when that is over already, by the key code 229 alone.
 */
export function isComposing(event: KeyEvent | { nativeEvent: KeyEvent }): boolean {
  const { isComposing: composes, keyCode } = "nativeEvent" in event ? event.nativeEvent : event;
  return composes === true || keyCode === 229;
}
