"use client";

import { useMutation } from "@tanstack/react-query";
import { ArrowLeft, KeyRound } from "lucide-react";
import Link from "next/link";
import { type Ref, useEffect, useRef } from "react";
import { Banner } from "@/components/ui/banner";
import { IconButton } from "@/components/ui/icon-button";
import { Spinner } from "@/components/ui/spinner";
import { usePortalName } from "@/lib/browser/portals";
import { problemWords } from "@/lib/browser/problem-words";
import { identifyToken } from "@/lib/browser/tokens";
import type { Token } from "@/lib/contracts/tokens";

type TokenLookupProps = { token: string; onBack: () => void; onDone: () => void };

/** Whose token is this? The value goes out in the body of a POST; it is shown nowhere and kept nowhere. */
export function TokenLookup({ token, onBack, onDone }: TokenLookupProps) {
  const { mutate, data, error } = useMutation({ mutationFn: identifyToken });
  const back = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    back.current?.focus();
    mutate(token);
  }, [mutate, token]);
  useEffect(() => {
    if (data) first.current?.focus();
  }, [data]);
  const words = error ? problemWords(error) : null;
  return (
    <div>
      <div className="flex h-12 items-center gap-2 border-line border-b px-2">
        <IconButton
          icon={<ArrowLeft aria-hidden className="size-4" />}
          label="Back to the commands"
          onClick={onBack}
          ref={back}
          tooltip={false}
        />
        <p className="font-medium text-sm">The pasted token</p>
        <p className="text-ink-faint text-xs max-sm:hidden">not shown, not kept</p>
      </div>
      <div role="status">
        {words ? (
          <Banner className="m-3" title={words.title} tone="warn">
            {words.next}
          </Banner>
        ) : null}
        {!data && !error ? (
          <p className="flex items-center gap-2 px-4 py-6 text-ink-soft text-sm">
            <Spinner /> Looking for it…
          </p>
        ) : null}
        {data?.items.length === 0 ? (
          <p className="px-4 py-6 text-ink-soft text-sm">
            This desk does not know this token, or it is not yours to see.
          </p>
        ) : null}
      </div>
      {data && data.items.length > 0 ? (
        <ul className="p-1.5">
          {data.items.map((item, index) => (
            <li key={item.id}>
              <Found item={item} onDone={onDone} ref={index === 0 ? first : undefined} />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

type FoundProps = { item: Token; onDone: () => void; ref?: Ref<HTMLAnchorElement> };

function Found({ item, onDone, ref }: FoundProps) {
  const portalName = usePortalName();
  return (
    <Link
      className="flex min-h-11 items-center gap-3 rounded-sm px-2.5 py-1.5 hover:bg-hover focus-visible:-outline-offset-2"
      href={`/tokens/${item.id}`}
      onClick={onDone}
      prefetch={false}
      ref={ref}
    >
      <KeyRound aria-hidden className="size-4 shrink-0 text-ink-faint" strokeWidth={1.75} />
      <span className="min-w-0 flex-1">
        <bdi className="block truncate text-left font-medium text-sm">{item.label ?? "No name yet"}</bdi>
        <span className="block truncate text-ink-faint text-xs">
          <bdi>{item.owner.userName ?? "Owner unknown"}</bdi> · <bdi>{portalName(item.owner.portal)}</bdi>
        </span>
      </span>
      <span className="shrink-0 font-mono text-ink-soft text-xs">{item.hint}</span>
    </Link>
  );
}
