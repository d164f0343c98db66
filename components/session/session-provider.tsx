"use client";

import dynamic from "next/dynamic";
import { type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { ApiError } from "@/lib/browser/api";
import { StepUpCancelled, StepUpContextProvider, type WithStepUp } from "@/lib/browser/step-up";
import { SessionEnd } from "./session-end";

const ProofDialog = dynamic(() => import("./proof-dialog"), { ssr: false });

/** What is asked: the password of a live connection, or a new sign-in to one that the portal has ended. */
export type ProofRequest = { kind: "step-up" | "sign-in-again"; connectionId: string };

type Question = ProofRequest & { answer: (proved: boolean) => void };

function requestOf(error: unknown): ProofRequest | null {
  if (!(error instanceof ApiError) || !error.problem?.connectionId) return null;
  const { connectionId } = error.problem;
  if (error.code === "step_up_required") return { kind: "step-up", connectionId };
  if (error.code === "connection_ended") return { kind: "sign-in-again", connectionId };
  return null;
}

const keyOf = ({ kind, connectionId }: ProofRequest): string => `${kind} ${connectionId}`;

/** Asks for proof where the server wants one, whoever called, and watches over the end of the session. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const waiting = useRef<{ key: string; answer: Promise<boolean> } | null>(null);

  const ask = useCallback((request: ProofRequest): Promise<boolean> => {
    const key = keyOf(request);
    // Two calls that need the same proof at once ask for it once.
    if (waiting.current?.key === key) return waiting.current.answer;
    const answer = new Promise<boolean>((resolve) => {
      setQuestion({
        ...request,
        answer: (proved) => {
          waiting.current = null;
          setQuestion(null);
          resolve(proved);
        },
      });
    });
    waiting.current = { key, answer };
    return answer;
  }, []);

  const value = useMemo(() => {
    const withStepUp: WithStepUp = async (action) => {
      // A selection may belong to several portal users: each is asked for once.
      const asked = new Set<string>();
      for (;;) {
        try {
          return await action();
        } catch (error) {
          const request = requestOf(error);
          if (!request || asked.has(keyOf(request))) throw error;
          asked.add(keyOf(request));
          if (!(await ask(request))) throw new StepUpCancelled();
        }
      }
    };
    return {
      withStepUp,
      signInAgain: (connectionId: string) => ask({ kind: "sign-in-again", connectionId }),
    };
  }, [ask]);

  return (
    <StepUpContextProvider value={value}>
      {children}
      {question ? (
        <ProofDialog
          connectionId={question.connectionId}
          key={keyOf(question)}
          kind={question.kind}
          onAnswer={question.answer}
        />
      ) : null}
      <SessionEnd />
    </StepUpContextProvider>
  );
}
