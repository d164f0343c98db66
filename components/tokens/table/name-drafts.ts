import { ApiError } from "@/lib/browser/api";
import { problemWords } from "@/lib/browser/problem-words";
import { StepUpCancelled } from "@/lib/browser/step-up";

/** Why a name could not be saved. */
export type NameFault = {
  problem: string;
  /** Somebody else may have named the token meanwhile. */
  named?: boolean;
};

/** What could not be saved, and why. */
export type NameDraft = NameFault & {
  text: string;
  /** The name that the token had where this was typed. */
  was: string | null;
};

/** Why a save failed, in words. */
export function faultOfSave(error: unknown): NameFault {
  if (error instanceof StepUpCancelled) return { problem: "Sign in again, then save it once more" };
  const { title, next } = problemWords(error);
  const named = error instanceof ApiError && error.code === "wrong_state";
  return { problem: `${title}. ${next}`, named };
}
