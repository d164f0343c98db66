"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { ApiError } from "@/lib/browser/api";
import { problemWords } from "@/lib/browser/problem-words";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { invalidateTokens, patchToken } from "@/lib/browser/tokens";
import type { PatchTokenInput, Token } from "@/lib/contracts/tokens";

export type PatchResult = { token: Token; state: "waiting" | "done" | "failed"; detail: string };

const atOnce = 4;
/** Below the limit of what one session may ask in a minute, with room for the rest of the page. */
const perSecond = 12;

/** Changes many tokens, a few at a time, and keeps what came of each. Those that failed can be tried again. */
export function useManyPatches() {
  const [results, setResults] = useState<PatchResult[] | null>(null);
  const [running, setRunning] = useState(false);
  const queries = useQueryClient();
  const { withStepUp } = useStepUp();

  const run = useCallback(
    async (tokens: readonly Token[], patchOf: (token: Token) => PatchTokenInput) => {
      const ids = new Set(tokens.map((token) => token.id));
      const set = (id: string, change: Omit<PatchResult, "token">) =>
        setResults((now) =>
          (now ?? []).map((result) => (result.token.id === id ? { ...result, ...change } : result)),
        );
      setResults((now) => {
        const before = (now ?? []).filter((result) => !ids.has(result.token.id));
        return [...before, ...tokens.map((token): PatchResult => ({ token, state: "waiting", detail: "" }))];
      });
      setRunning(true);
      const queue = [...tokens];
      let stopped = false;
      const worker = async () => {
        for (let token = queue.shift(); token && !stopped; token = queue.shift()) {
          const { id } = token;
          const patch = patchOf(token);
          const pause = new Promise((resolve) => setTimeout(resolve, (1000 * atOnce) / perSecond));
          try {
            if (Object.keys(patch).length > 0) await withStepUp(() => patchToken(id, patch));
            set(id, { state: "done", detail: "" });
          } catch (error) {
            // Without a session or a credential the others would fail alike.
            stopped ||=
              error instanceof StepUpCancelled || (error instanceof ApiError && error.status === 401);
            set(id, { state: "failed", detail: problemWords(error).title });
          }
          if (queue.length > 0) await pause;
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      setResults((now) =>
        (now ?? []).map((result) =>
          result.state === "waiting" ? { ...result, state: "failed", detail: "Not tried" } : result,
        ),
      );
      setRunning(false);
      await invalidateTokens(queries);
    },
    [queries, withStepUp],
  );
  return { results, running, run };
}
