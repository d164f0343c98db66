"use client";

import { useEffect, useState } from "react";
import { beginCount, countAgain, tickCount } from "@/lib/shared/countdown";
import { countdownWords } from "@/lib/shared/countdown-words";

type Countdown = {
  /** Whole seconds that are left, counted by a clock that nobody sets; 0 when the wait is over. */
  left: number;
  /** What the wait began with: the same for as long as it lasts. */
  from: number;
};

/**
 * Counts the seconds down that an answer told, each second, from when it came.
 * @param answer changes with each answer: also one that tells the same number may begin another wait.
 */
export function useCountdown(seconds: number, answer?: unknown): Countdown {
  const [count, setCount] = useState(() => beginCount(seconds, answer, performance.now()));
  if (count.seconds !== seconds || count.answer !== answer)
    setCount(countAgain(count, seconds, answer, performance.now()));
  const { endsAt, from, left } = count;
  const isOver = left === 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another end is another wait, whose seconds begin with it
  useEffect(() => {
    if (isOver) return;
    const timer = setInterval(() => setCount((current) => tickCount(current, performance.now())), 1000);
    return () => clearInterval(timer);
  }, [endsAt, isOver]);
  return { left, from };
}

export type CountdownProps = {
  /** In how many seconds, as the answer told. */
  seconds: number;
  /** Changes with each answer: its time, or itself. */
  answer?: unknown;
};

/**
 * "in 23 s", each second less, and "now" in the end. A screen reader is told what the wait began with, and that it is over:
 * where the words around it are read out, it would have a word to say each second.
 */
export function Countdown({ seconds, answer }: CountdownProps) {
  const { left, from } = useCountdown(seconds, answer);
  return (
    <>
      <span aria-hidden className="whitespace-nowrap tabular-nums">
        {countdownWords(left)}
      </span>
      <span className="sr-only">{countdownWords(left === 0 ? 0 : from)}</span>
    </>
  );
}

export type NextStepProps = {
  /** What to do next; where there is a wait, with its length in words that stand still. */
  next: string;
  /** The wait, and what is said besides of it. */
  wait?: { besides: string; seconds: number };
  answer?: unknown;
};

/** The next step after something went wrong; where another try has to wait, it counts down to when it may be. */
export function NextStep({ next, wait, answer }: NextStepProps) {
  if (!wait) return next;
  return (
    <>
      {wait.besides === "" ? null : `${wait.besides} `}
      You can try again <Countdown answer={answer} seconds={wait.seconds} />.
    </>
  );
}
