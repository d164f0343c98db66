import type { ReactNode } from "react";
import { BrandMark } from "@/components/ui/brand-mark";

type StatusPageProps = { code: string; title: string; text: string; actions: ReactNode };

/** A whole page that says one thing: not found, broken. */
export function StatusPage({ code, title, text, actions }: StatusPageProps) {
  return (
    <div className="relative flex min-h-[calc(100dvh-8rem)] flex-col items-center justify-center overflow-hidden px-6 py-16 text-center">
      <div
        aria-hidden
        className="mask-[url(/rosette.svg)] mask-contain mask-no-repeat pointer-events-none absolute top-1/2 left-1/2 aspect-square w-[44rem] max-w-none -translate-x-1/2 -translate-y-1/2 bg-line"
      />
      <div className="relative flex flex-col items-center rounded-full bg-canvas px-10 py-12 shadow-[0_0_48px_48px_var(--canvas)]">
        <BrandMark className="size-8 text-accent" />
        <p className="mt-5 font-mono text-ink-faint text-xs">{code}</p>
        <h1 className="mt-1 font-semibold text-2xl tracking-[-0.026em]">{title}</h1>
        <p className="mt-2 max-w-sm text-pretty text-base text-ink-soft">{text}</p>
        <div className="mt-6 flex flex-wrap justify-center gap-2">{actions}</div>
      </div>
    </div>
  );
}
