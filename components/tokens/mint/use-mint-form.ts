"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { ApiError } from "@/lib/browser/api";
import { newIdempotencyKey } from "@/lib/browser/idempotency-key";
import { lookForOpenMints } from "@/lib/browser/open-mints";
import { outcomeIsUnknown } from "@/lib/browser/outcome";
import { StepUpCancelled, useStepUp } from "@/lib/browser/step-up";
import { useMint } from "@/lib/browser/tokens";
import type { Connection } from "@/lib/contracts/sessions";
import { type MintAnswer, type MintInput, mintInput } from "@/lib/contracts/tokens";
import { inDays } from "../edit/expiry-field";
import { noMetadata } from "../edit/metadata-fields";

const suggestedDays = 90;

/** How many a form's field stands for while somebody types in it. */
export function countOf(typed: unknown): number {
  return Math.min(20, Math.max(1, Math.trunc(Number(typed)) || 1));
}

export type MintFormOf = ReturnType<typeof useMintForm>["form"];

/** The form, and the one write that it makes: the same input keeps its key until its outcome is known. */
export function useMintForm(connections: readonly Connection[], onMinted: (answer: MintAnswer) => void) {
  const [error, setError] = useState<unknown>(null);
  const attempt = useRef<{ body: string; key: string } | null>(null);
  const mint = useMint();
  const queries = useQueryClient();
  const { withStepUp } = useStepUp();
  const form = useForm<z.input<typeof mintInput>, unknown, MintInput>({
    resolver: zodResolver(mintInput),
    defaultValues: {
      connectionId: connections[0]?.id ?? "",
      label: "",
      count: 1,
      ...noMetadata,
      expiresAt: inDays(suggestedDays),
      expiry: "advisory",
    },
  });

  // Signing in again makes new connections: the choice follows its portal user, and nobody else.
  const users = useRef(new Map<string, string>());
  useEffect(() => {
    for (const { id, portal, userName } of connections) users.current.set(id, `${portal} ${userName}`);
    const chosen = form.getValues("connectionId");
    const same = connections.filter(({ id }) => users.current.get(id) === users.current.get(chosen));
    if (same[0] && !same.some(({ id }) => id === chosen)) form.setValue("connectionId", same[0].id);
  }, [connections, form]);

  const submit = form.handleSubmit(async (values) => {
    setError(null);
    const input = values.expiresAt === undefined ? { ...values, expiry: undefined } : values;
    const body = JSON.stringify(input);
    if (attempt.current?.body !== body) attempt.current = { body, key: newIdempotencyKey() };
    const { key } = attempt.current;
    try {
      const answer = await withStepUp(() => mint.mutateAsync({ input, key }));
      attempt.current = null;
      if (!answer.items) void lookForOpenMints(queries);
      onMinted(answer);
    } catch (thrown) {
      // Where nobody knows whether it was minted, the same key finds out instead of minting twice.
      if (outcomeIsUnknown(thrown)) void lookForOpenMints(queries);
      else if (!(thrown instanceof ApiError && thrown.code === "store_full")) attempt.current = null;
      if (!(thrown instanceof StepUpCancelled)) setError(thrown);
    }
  });
  return { form, submit, error };
}
