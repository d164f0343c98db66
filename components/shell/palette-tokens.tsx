"use client";

import { Command as Palette } from "cmdk";
import { KeyRound, Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { type ReactNode, useMemo } from "react";
import { usePortalName } from "@/lib/browser/portals";
import { useKnownTokens } from "@/lib/browser/token-list";
import { isFound } from "@/lib/browser/token-table/search";
import type { Token } from "@/lib/contracts/tokens";
import { fitsAddress, searchWords } from "@/lib/shared/token-table/search";
import { isLiving } from "@/lib/shared/token-table/standing";
import { paletteGroupClass, paletteItemClass } from "./palette-class";

const shownTokens = 5;

type PaletteTokensProps = { text: string; onDone: () => void };

/** Tokens that are called so, as far as this page has the list, and the way to all of them. */
export function PaletteTokens({ text, onDone }: PaletteTokensProps) {
  const router = useRouter();
  const known = useKnownTokens();
  const query = text.trim();
  const found = useMemo(() => firstOf(known, searchWords(query)), [known, query]);
  if (query === "" || !fitsAddress(text)) return null;
  const go = (path: string) => {
    onDone();
    router.push(path);
  };
  return (
    <Palette.Group className={paletteGroupClass} heading="Find">
      {found.map((token) => (
        <FoundItem
          hint={token.hint}
          icon={<KeyRound aria-hidden className="size-4 shrink-0 text-ink-faint" strokeWidth={1.75} />}
          key={token.id}
          onSelect={() => go(`/tokens/${token.id}`)}
          text={text}
          value={`${token.label ?? token.hint} ${token.id}`}
        >
          <TokenLines token={token} />
        </FoundItem>
      ))}
      <FoundItem
        icon={<Search aria-hidden className="size-4 shrink-0 text-ink-faint" strokeWidth={1.75} />}
        onSelect={() => go(`/tokens?show=all&q=${encodeURIComponent(query)}`)}
        text={text}
        value="search in the list"
      >
        <span className="block truncate">
          Search the list for “<bdi>{query}</bdi>”
        </span>
      </FoundItem>
    </Palette.Group>
  );
}

function firstOf(known: readonly Token[], words: string[]): Token[] {
  const found: Token[] = [];
  for (const token of known) {
    if (found.length === shownTokens || words.length === 0) break;
    // One that is being revoked may have to be hurried.
    const isCurrent = isLiving(token.status) || token.status === "revoking";
    if (isCurrent && isFound(token, words)) found.push(token);
  }
  return found;
}

function TokenLines({ token }: { token: Token }) {
  const portalName = usePortalName();
  return (
    <>
      <bdi className="block truncate text-left font-medium">{token.label ?? "No name yet"}</bdi>
      <span className="block truncate text-ink-faint text-xs">
        <bdi>{token.owner.userName ?? "Owner unknown"}</bdi> · <bdi>{portalName(token.owner.portal)}</bdi>
      </span>
    </>
  );
}

type FoundItemProps = {
  icon: ReactNode;
  hint?: string;
  value: string;
  /** What was typed. It is found by more than its name: with this the palette's own filter lets it pass. */
  text: string;
  onSelect: () => void;
  children: ReactNode;
};

function FoundItem({ icon, hint, value, text, onSelect, children }: FoundItemProps) {
  return (
    <Palette.Item className={paletteItemClass} onSelect={onSelect} value={`${value} ${text}`}>
      {icon}
      <span className="min-w-0 flex-1">{children}</span>
      {hint ? <span className="shrink-0 font-mono text-ink-soft text-xs">{hint}</span> : null}
    </Palette.Item>
  );
}
