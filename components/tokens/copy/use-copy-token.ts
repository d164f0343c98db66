"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useAnnounce } from "@/components/ui/live-region";
import { useToast } from "@/components/ui/toast";
import { auditKeys } from "@/lib/browser/audit";
import { clearClipboard, copySecret } from "@/lib/browser/clipboard";
import { problemWords } from "@/lib/browser/problem-words";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { copyToken } from "@/lib/browser/tokens";
import type { CopyFormat, Token } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { useTokenDialogs } from "../token-dialogs";
import { nameOf } from "../token-words";

const copiedMs = 2_000;
const clearOfferMs = 60_000;
const clearOfferShownMs = 20_000;

// One clipboard, so one offer to clear it, also across pages.
let clearTimer: ReturnType<typeof setTimeout> | undefined;

export type CopyState = { id: string; phase: "busy" | "copied" } | null;

/**
 * Copies a token's value. The value is a local variable on its way from the answer to the clipboard; what is kept here
 * is only which token was copied, for the tick on its button.
 */
export function useCopyToken(): { copy: (token: Token, as?: CopyFormat) => Promise<void>; state: CopyState } {
  const [state, setState] = useState<CopyState>(null);
  const { withStepUp } = useStepUp();
  const { toast } = useToast();
  const announce = useAnnounce();
  const { showByHand } = useTokenDialogs();
  const queries = useQueryClient();
  const tick = useRef<ReturnType<typeof setTimeout>>(undefined);
  const underWay = useRef(new Set<string>());
  useEffect(() => () => clearTimeout(tick.current), []);

  const offerToClear = useCallback(() => {
    const clear = async () => {
      const cleared = await clearClipboard();
      toast(
        cleared
          ? { title: "Clipboard cleared", tone: "good" }
          : { title: "The browser did not let the desk clear the clipboard", tone: "warn" },
      );
    };
    clearTimeout(clearTimer);
    clearTimer = setTimeout(() => {
      toast({
        title: "A token was copied a minute ago",
        description: "It may still be in this computer's clipboard.",
        action: { label: "Clear clipboard", onPress: () => void clear() },
        timeoutMs: clearOfferShownMs,
      });
    }, clearOfferMs);
  }, [toast]);

  const copy = useCallback(
    async (token: Token, as: CopyFormat = "raw") => {
      // A second press would be a second copy in the trail.
      if (underWay.current.has(token.id)) return;
      underWay.current.add(token.id);
      setState({ id: token.id, phase: "busy" });
      clearTimeout(tick.current);
      try {
        const outcome = await copySecret(async () => (await withStepUp(() => copyToken(token.id, as))).text);
        void queries.invalidateQueries({ queryKey: auditKeys.all });
        if (outcome.state === "refused") {
          setState(null);
          const { text } = outcome;
          showByHand({ token, fill: (field) => fillField(field, text) });
          return;
        }
        setState({ id: token.id, phase: "copied" });
        tick.current = setTimeout(() => setState(null), copiedMs);
        toast({ title: "Copied. It stays in this computer's clipboard", tone: "good" });
        announce(`Copied ${isolate(nameOf(token))}`);
        offerToClear();
      } catch (error) {
        setState(null);
        if (error instanceof StepUpCancelled) return;
        const words = problemWords(error);
        toast({
          title: `Not copied. ${words.title}`,
          description: words.next,
          wait: words.wait,
          tone: "danger",
        });
      } finally {
        underWay.current.delete(token.id);
      }
    },
    [announce, offerToClear, showByHand, queries, toast, withStepUp],
  );

  return { copy, state };
}

/** Straight into the element: React never holds it as a prop or as state. */
function fillField(field: HTMLTextAreaElement, text: string): void {
  field.value = text;
}
