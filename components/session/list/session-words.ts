import type { SessionItem } from "@/lib/contracts/sessions";
import { isolate } from "@/lib/shared/isolate";

/** "the session in Firefox 132 on Windows from 10.0.0.4", or whose it is where it is somebody else's. */
export function sessionName({ own, user, device, ip }: SessionItem): string {
  const where = ip === "unknown" ? device.name : `${device.name} from ${ip}`;
  return own ? `the session in ${where}` : `the session of ${isolate(user.userName)} in ${where}`;
}

/** By it the button is found that has the focus after the row before it has gone. */
export const endButtonId = ({ id }: Pick<SessionItem, "id">): string => `end-${id}`;

/** The heading of one's own sessions, or of everybody else's; it may take the focus. */
export const headingId = (own: boolean): string => (own ? "own-sessions" : "other-sessions");

/** Where the focus goes after the row of a session has gone: to the next row, the one before, or the heading. */
export function focusAfter(item: SessionItem, items: readonly SessionItem[]): HTMLElement | null {
  const same = items.filter(({ own, current }) => own === item.own && !current);
  const at = same.findIndex(({ id }) => id === item.id);
  const near = [...same.slice(at + 1), ...same.slice(0, at).reverse()];
  const buttons = near.map((other) => document.getElementById(endButtonId(other)));
  return buttons.find((button) => button !== null) ?? document.getElementById(headingId(item.own));
}
