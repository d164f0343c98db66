import "server-only";

/** Whether every `%` of a part of an address stands for something. */
export function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
