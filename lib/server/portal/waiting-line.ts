import "server-only";
import { type Clock, seconds } from "../clock";
import { isUrgent, rankOf, type Turn } from "./priority";

/** Who waits for a call, and who was told to come back for one. A person has one place in it for each priority. */
export type WaitingLine = {
  /** Whom this turn lets go first, given how many calls each person has had of late. */
  ahead(turn: Turn, callsOf: (person: string | undefined) => number): Turn[];
  join(turn: Turn): void;
  leave(turn: Turn): void;
  /** This turn comes back in so many milliseconds: until then its place is kept. */
  expect(turn: Turn, ms: number): void;
  /** It had its call: no place is kept any more. */
  served(turn: Turn): void;
};

type Place = { turn: Turn; waiting: number; expectedUntil: number };

/** Whoever comes back is a little late: a worker looks once a second. */
const lateMs = seconds(2);

/** Makes a line in which only revocations stand: what is less urgent lets all of them go first. */
export function createWaitingLine(clock: Clock): WaitingLine {
  const places = new Map<string, Place>();
  const nameOf = ({ priority, person }: Turn) => `${priority} ${person}`;
  const takePlace = (turn: Turn): Place => {
    const place = places.get(nameOf(turn)) ?? { turn, waiting: 0, expectedUntil: Number.NEGATIVE_INFINITY };
    places.set(nameOf(turn), place);
    return place;
  };

  return {
    ahead(turn, callsOf) {
      const now = clock.monotonic();
      for (const [name, { waiting, expectedUntil }] of places)
        if (waiting === 0 && expectedUntil <= now) places.delete(name);
      const isAhead = (other: Turn) => {
        const apart = rankOf(other.priority) - rankOf(turn.priority);
        // Among equals whoever had less.
        return apart < 0 || (apart === 0 && callsOf(other.person) < callsOf(turn.person));
      };
      return [...places.values()].map((place) => place.turn).filter(isAhead);
    },
    join(turn) {
      if (isUrgent(turn.priority)) takePlace(turn).waiting += 1;
    },
    leave(turn) {
      const place = places.get(nameOf(turn));
      if (place) place.waiting -= 1;
    },
    expect(turn, ms) {
      if (!turn.atOnce && isUrgent(turn.priority))
        takePlace(turn).expectedUntil = clock.monotonic() + ms + lateMs;
    },
    served(turn) {
      const place = places.get(nameOf(turn));
      if (place) place.expectedUntil = Number.NEGATIVE_INFINITY;
    },
  };
}
