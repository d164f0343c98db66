"use client";

import { Search } from "lucide-react";
import { Kbd } from "@/components/ui/kbd";
import { usePlatformKey } from "@/lib/browser/platform-key";
import { openPalette } from "./palette-state";

/** Opens the palette; says how to do so without it. */
export function PaletteButton() {
  const modifier = usePlatformKey();
  return (
    <button
      aria-label="Find or do something"
      className="flex h-8 w-full items-center gap-2 rounded border border-line bg-raised px-2 text-ink-faint text-sm shadow-control transition-colors hover:border-line-strong hover:text-ink-soft max-xl:justify-center max-xl:px-0 pointer-coarse:h-11"
      onClick={openPalette}
      type="button"
    >
      <Search aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
      <span className="flex-1 text-left max-xl:hidden">Find or do…</span>
      <span className="flex gap-0.5 max-xl:hidden">
        <Kbd>{modifier}</Kbd>
        <Kbd>K</Kbd>
      </span>
    </button>
  );
}
