"use client";

import { createContext, type ReactNode, useContext } from "react";

/**
 * Runs what may need a fresh proof. Where the server answers `step_up_required`, the person is asked for the password
 * (or token) of the connection concerned; where it answers `connection_ended`, to sign in to it again. Then `action`
 * runs again; what concerns several connections asks for each in turn. Rejects with what `action` throws, or with
 * `StepUpCancelled`.
 */
export type WithStepUp = <T>(action: () => Promise<T>) => Promise<T>;

/** The person closed the question. Not an error: the flow that asked simply goes no further. */
export class StepUpCancelled extends Error {
  override readonly name = "StepUpCancelled";
}

export type StepUp = {
  withStepUp: WithStepUp;
  /** Asks to sign in again to a connection that the portal has ended; false where the person would not. */
  signInAgain: (connectionId: string) => Promise<boolean>;
};

const StepUpContext = createContext<StepUp>({
  withStepUp: (action) => action(),
  signInAgain: async () => false,
});

export function StepUpContextProvider({ value, children }: { value: StepUp; children: ReactNode }) {
  return <StepUpContext value={value}>{children}</StepUpContext>;
}

export function useStepUp(): StepUp {
  return useContext(StepUpContext);
}
