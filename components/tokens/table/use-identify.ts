"use client";

import { useCallback, useRef, useState } from "react";
import { useAnnounce } from "@/components/ui/live-region";
import { useToast } from "@/components/ui/toast";
import { problemWords } from "@/lib/browser/problem-words";
import { identifyToken } from "@/lib/browser/tokens";
import type { Token } from "@/lib/contracts/tokens";
import { readTokenText } from "@/lib/shared/token-text";
import type { Pasted } from "./use-table-state";

/**
 * Finds out which token was pasted. The value is an argument here and the body of one POST; what stays are the ids
 * that it was found to be. An id of somebody's integration has the same form, so those are looked for as well.
 *
 * The last paste counts: what an earlier one was found to be goes at once, and its answer is for nobody if it comes late.
 */
export function useIdentify(tokens: readonly Token[], onPasted: (pasted: Pasted | null) => void) {
  const [identifying, setIdentifying] = useState(false);
  const lastPaste = useRef(0);
  const { toast } = useToast();
  const announce = useAnnounce();

  const identify = useCallback(
    async (text: string) => {
      lastPaste.current += 1;
      const paste = lastPaste.current;
      setIdentifying(true);
      onPasted(null);
      try {
        const { items } = await identifyToken(text);
        if (paste !== lastPaste.current) return;
        const read = readTokenText(text);
        const readings = read.found === "one" ? read.readings : [];
        const byIntegration = tokens.filter(({ integrationId }) =>
          readings.some((value) => integrationId?.includes(value)),
        );
        const ids = [...new Set([...items, ...byIntegration].map((token) => token.id))];
        onPasted({ ids });
        announce(ids.length === 0 ? "No token that you may see has this value" : "Found the pasted token");
      } catch (error) {
        if (paste !== lastPaste.current) return;
        const words = problemWords(error);
        toast({ title: words.title, description: words.next, tone: "danger" });
      } finally {
        if (paste === lastPaste.current) setIdentifying(false);
      }
    },
    [announce, onPasted, toast, tokens],
  );
  /** What was pasted is of no interest any more. */
  const giveUp = useCallback(() => {
    lastPaste.current += 1;
    setIdentifying(false);
  }, []);
  return { identify, identifying, giveUp };
}
