import "server-only";
import { type Answer, askOnce, type Cache, createCache } from "../cache";
import { type Clock, minutes, seconds, withinPatience } from "../clock";

/** Whether a portal answers below its base URL: it does, something else does, or nobody can say. */
export type Whereabouts = "there" | "elsewhere" | "unknown";

export type Presence = {
  /** The portal has answered something that only a portal says. */
  noteAnswer(portalId: string): void;
  /**
   * By what it answered in the last minute, else by asking: once for all, and every five seconds at most. Nobody waits longer
   * for it than two seconds.
   */
  of(portalId: string): Promise<Whereabouts>;
};

/**
 * What a 404 is worth: the portal's own server says it in the portal's shape to every path that is none, be it of a
 * token, of a user, or of a base URL that is wrong.
 */
export function createPresence(clock: Clock, ask: (portalId: string) => Promise<Whereabouts>): Presence {
  const answeredAt = new Map<string, number>();
  const asked: Cache<Answer<Whereabouts>> = createCache({ most: 100 });
  return {
    noteAnswer: (portalId) => void answeredAt.set(portalId, clock.monotonic()),
    async of(portalId) {
      const at = answeredAt.get(portalId);
      if (at !== undefined && clock.monotonic() - at < minutes(1)) return "there";
      const until = (_said: Whereabouts, begun: number) => begun + seconds(5);
      const answer = askOnce(asked, portalId, { clock, ask: () => ask(portalId), until });
      return (await withinPatience(clock, answer, seconds(2))) ?? "unknown";
    },
  };
}
