"use client";

import { Banner } from "@/components/ui/banner";
import { NextStep } from "@/components/ui/countdown";
import type { SignInProblem } from "./sign-in-problem";

/** What went wrong, and, where the server said so, when it is worth trying again. */
export function SignInBanner({ problem }: { problem: SignInProblem }) {
  return (
    <Banner announce title={problem.title} tone={problem.wait ? "warn" : "danger"}>
      <NextStep {...problem} answer={problem} />
      {problem.wait ? " What you typed stays." : null}
    </Banner>
  );
}
