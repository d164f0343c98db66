"use client";

import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { LiveRegion } from "@/components/ui/live-region";
import { RenderedAt } from "@/components/ui/relative-time";
import { ToastRoot } from "@/components/ui/toast";
import { TooltipRoot } from "@/components/ui/tooltip";
import { makeQueryClient } from "@/lib/browser/query-client";

type ProvidersProps = { nonce?: string; renderedAt: number; children: ReactNode };

/** What every document has. The policy lets no `<style>` in without a nonce, so the primitives are told to bring none. */
export function Providers({ nonce, renderedAt, children }: ProvidersProps) {
  const [queries] = useState(makeQueryClient);
  return (
    <CSPProvider disableStyleElements nonce={nonce}>
      <QueryClientProvider client={queries}>
        <RenderedAt value={renderedAt}>{children}</RenderedAt>
        <LiveRegion />
        <ToastRoot />
        <TooltipRoot />
      </QueryClientProvider>
    </CSPProvider>
  );
}
