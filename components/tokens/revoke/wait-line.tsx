import { Countdown } from "@/components/ui/countdown";
import type { WaitWords } from "./wait-words";

type WaitLineProps = { words: WaitWords; seconds?: number; answer?: unknown };

/** What the desk does next about a revocation, and when: counted down where that is known. */
export function WaitLine({ words: { act, when, tail }, seconds, answer }: WaitLineProps) {
  return (
    <>
      {act} {seconds === undefined ? when : <Countdown answer={answer} seconds={seconds} />}
      {tail}.
    </>
  );
}
