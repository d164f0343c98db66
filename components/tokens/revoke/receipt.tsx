import { CircleCheck, CircleDashed } from "lucide-react";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Receipt } from "@/lib/contracts/tokens";

const proofs: { key: keyof Receipt; words: string }[] = [
  { key: "acceptedAt", words: "The portal said so" },
  { key: "unlistedAt", words: "Gone from the list" },
  { key: "deadAt", words: "The token answers 401" },
];

/** What shows that a token is revoked, each with its time. What is missing was not asked, or not yet. */
export function RevocationReceipt({ receipt, over }: { receipt: Receipt; over: boolean }) {
  return (
    <ol className="divide-y divide-line rounded-lg border border-line bg-surface">
      {proofs.map(({ key, words }) => {
        const at = receipt[key];
        return (
          <li className="flex items-center gap-2.5 px-3 py-2 text-sm" key={key}>
            {at ? (
              <CircleCheck aria-hidden className="size-4 shrink-0 text-good-strong" />
            ) : (
              <CircleDashed aria-hidden className="size-4 shrink-0 text-ink-faint" />
            )}
            <span className={at ? "flex-1" : "flex-1 text-ink-faint"}>{words}</span>
            <span className="text-ink-faint text-xs">
              {at ? <RelativeTime at={at} /> : over ? "not asked" : "not yet"}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
