"use client";

import { useEffect, useState } from "react";
import { beginCount, countAgain, tickCount } from "@/lib/shared/countdown";
import { countdownWords } from "@/lib/shared/countdown-words";

type Countdown = {
  /** Whole seconds that are left, counted by a clock that nobody sets; 0 when the wait is over. */
  left: number;
  /** What was left when it began to be counted: the same for as long as the wait lasts. */
  from: number;
};

/** An answer that has been kept is older than what shows it; one that is told by itself has just come. */
const ageOf = (answer: unknown): number => (typeof answer === "number" ? Date.now() - answer : 0);

/**
 * Counts the seconds down that an answer told, each second, from when it came.
 * @param answer changes with each answer: also one that tells the same number may begin another wait. When it came, in
 * milliseconds since the epoch by this browser's clock; or, where it has just come, anything else that is new with it.
 */
export function useCountdown(seconds: number, answer?: unknown): Countdown {
  const [count, setCount] = useState(() => beginCount(seconds, answer, performance.now(), ageOf(answer)));
  if (count.seconds !== seconds || count.answer !== answer)
    setCount(countAgain(count, seconds, answer, performance.now(), ageOf(answer)));
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
  /** Changes with each answer: when it came (milliseconds since the epoch), or itself where it has just come. */
  answer?: unknown;
  /**
   * Within something that is read out whenever it changes: a screen reader is told what the wait began with, and that it is
   * over, or it would have a word to say each second.
   */
  isReadOut?: boolean;
};

/** "in 23 s", each second less, and "now" in the end. */
export function Countdown({ seconds, answer, isReadOut = false }: CountdownProps) {
  const { left, from } = useCountdown(seconds, answer);
  const shown = (
    <span aria-hidden={isReadOut || undefined} className="whitespace-nowrap tabular-nums">
      {countdownWords(left)}
    </span>
  );
  if (!isReadOut) return shown;
  return (
    <>
      {shown}
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

/** The next step after something went wrong, read out; where another try has to wait, it counts down to when it may be. */
export function NextStep({ next, wait, answer }: NextStepProps) {
  if (!wait) return next;
  return (
    <>
      {wait.besides === "" ? null : `${wait.besides} `}
      You can try again <Countdown answer={answer} isReadOut seconds={wait.seconds} />.
    </>
  );
}
