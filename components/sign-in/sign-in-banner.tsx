"use client";

import { useEffect, useState } from "react";
import { Banner } from "@/components/ui/banner";
import type { SignInProblem } from "./sign-in-problem";

/** What went wrong, and, where the server said so, when it is worth trying again. */
export function SignInBanner({ problem }: { problem: SignInProblem }) {
  const left = useCountdown(problem.retryAfter ?? 0);
  return (
    <Banner announce title={problem.title} tone={problem.retryAfter === undefined ? "danger" : "warn"}>
      {problem.retryAfter === undefined ? problem.next : null}
      {problem.retryAfter !== undefined && left > 0 ? (
        <>
          You can try again in <span aria-hidden>{inWords(left)}</span>
          <span className="sr-only">{inWords(problem.retryAfter)}</span>. What you typed stays.
        </>
      ) : null}
      {problem.retryAfter !== undefined && left === 0 ? "You can try again now." : null}
    </Banner>
  );
}

function inWords(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

function useCountdown(seconds: number): number {
  const [left, setLeft] = useState(seconds);
  const running = left > 0;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setLeft((now) => Math.max(0, now - 1)), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return left;
}
