"use client";

import { useCallback, useState } from "react";
import { useAnnounce } from "@/components/ui/live-region";
import { useToast } from "@/components/ui/toast";
import { problemWords } from "@/lib/browser/problem-words";
import { identifyToken } from "@/lib/browser/tokens";
import type { Token } from "@/lib/contracts/tokens";
import type { Pasted } from "./use-table-state";

/**
 * Finds out which token was pasted. The value is an argument here and the body of one POST; what stays are the ids
 * that it was found to be. An id of somebody's integration has the same form, so those are looked for as well.
 */
export function useIdentify(tokens: readonly Token[], onFound: (pasted: Pasted) => void) {
  const [identifying, setIdentifying] = useState(false);
  const { toast } = useToast();
  const announce = useAnnounce();

  const identify = useCallback(
    async (value: string) => {
      setIdentifying(true);
      try {
        const { items } = await identifyToken(value);
        const byIntegration = tokens.filter((token) => token.integrationId?.includes(value));
        const ids = [...new Set([...items, ...byIntegration].map((token) => token.id))];
        onFound({ ids });
        announce(ids.length === 0 ? "No token that you may see has this value" : "Found the pasted token");
      } catch (error) {
        const words = problemWords(error);
        toast({ title: words.title, description: words.next, tone: "danger" });
      } finally {
        setIdentifying(false);
      }
    },
    [announce, onFound, toast, tokens],
  );
  return { identify, identifying };
}
