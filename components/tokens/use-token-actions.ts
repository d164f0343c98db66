"use client";

import { useRouter } from "next/navigation";
import { useCallback, useMemo, useRef, useState } from "react";
import { useToast } from "@/components/ui/toast";
import { problemWords } from "@/lib/browser/problem-words";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { reasonAgainst } from "@/lib/browser/token-table/permissions";
import { useCheckToken } from "@/lib/browser/tokens";
import type { CopyFormat, Token } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";
import { type CopyState, useCopyToken } from "./copy/use-copy-token";
import { useTokenDialogs } from "./token-dialogs";
import { checkLooks, nameOf } from "./token-words";

/** What can be done with one token, from its row, its menu, its page and the keyboard alike. */
export type TokenActions = {
  copy: (token: Token, as?: CopyFormat) => void;
  check: (token: Token) => void;
  edit: (token: Token) => void;
  revoke: (token: Token) => void;
  unseal: (token: Token) => void;
  show: (token: Token) => void;
};

export type TokenActivity = { copying: CopyState; checking: ReadonlySet<string> };

export function useTokenActions(): { actions: TokenActions; activity: TokenActivity } {
  const router = useRouter();
  const { open } = useTokenDialogs();
  const { toast } = useToast();
  const { copy: copyValue, state: copying } = useCopyToken();
  const { check: checkValue, checking } = useChecks();

  const actions = useMemo((): TokenActions => {
    // A key does not look like a greyed-out item: the reason is said instead.
    const unless = (reason: string | undefined, act: () => void) =>
      reason === undefined ? act() : toast({ title: reason, tone: "warn" });
    return {
      copy: (token, as) => unless(reasonAgainst("copy", token), () => void copyValue(token, as)),
      check: (token) => unless(reasonAgainst("check", token), () => void checkValue(token)),
      edit: (token) => unless(reasonAgainst("edit", token), () => open({ kind: "edit", token })),
      revoke: (token) =>
        token.status === "revoking"
          ? open({ kind: "revoke", token })
          : unless(reasonAgainst("revoke", token), () => open({ kind: "revoke", token })),
      unseal: (token) => open({ kind: "unseal", token }),
      show: (token) => router.push(`/tokens/${token.id}`),
    };
  }, [checkValue, copyValue, open, router, toast]);

  return { actions, activity: { copying, checking } };
}

/** Asks the portal whether it accepts a token, and says so. Several may be under way. */
function useChecks() {
  const [checking, setChecking] = useState<ReadonlySet<string>>(new Set());
  const underWay = useRef(new Set<string>());
  const { mutateAsync } = useCheckToken();
  const { withStepUp } = useStepUp();
  const { toast } = useToast();

  const check = useCallback(
    async (token: Token) => {
      // A second press would be a second call to the portal.
      if (underWay.current.has(token.id)) return;
      underWay.current.add(token.id);
      setChecking((ids) => new Set(ids).add(token.id));
      try {
        const { result, latencyMs } = await withStepUp(() => mutateAsync(token.id));
        const look = checkLooks[result];
        const tone = result === "dead" ? "danger" : result === "unknown" ? "warn" : "good";
        toast({
          title: `${look.word}, answered in ${latencyMs} ms`,
          description: `${isolate(nameOf(token))}: ${look.meaning}`,
          tone,
        });
      } catch (error) {
        if (error instanceof StepUpCancelled) return;
        const words = problemWords(error);
        toast({
          title: `Not checked. ${words.title}`,
          description: words.next,
          wait: words.wait,
          tone: "danger",
        });
      } finally {
        underWay.current.delete(token.id);
        setChecking((ids) => new Set([...ids].filter((id) => id !== token.id)));
      }
    },
    [mutateAsync, toast, withStepUp],
  );
  return { check, checking };
}
