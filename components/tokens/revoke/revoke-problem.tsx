"use client";

import { Fragment } from "react";
import { ApiError, type ApiErrorCode } from "@/lib/browser/api";
import { usePortals } from "@/lib/browser/portals";
import type { ProblemWords } from "@/lib/browser/problem-words";
import { ProblemBanner } from "../problem-banner";

type RevokeProblemProps = {
  error: unknown;
  /** The portals of what is to be revoked. */
  portals: string[];
  count?: number;
  /** Whether the person has the token itself: it lies in the form. */
  pasted?: boolean;
  words?: Partial<Record<ApiErrorCode, ProblemWords>>;
};

/**
 * Why nothing was revoked; the form stays as it is. Where the desk cannot record a revocation it sends none: then also what
 * to do about a token that lives on.
 */
export function RevokeProblem({ error, portals, count = 1, pasted = false, words }: RevokeProblemProps) {
  const own: RevokeProblemProps["words"] = { ...unrecordedWords(count), ...words };
  const isUnrecorded = error instanceof ApiError && Object.hasOwn(unrecordedWords(count), error.code);
  return (
    <ProblemBanner error={error} undone="Not revoked" words={own}>
      {isUnrecorded ? <AtThePortal count={count} pasted={pasted} portals={portals} /> : null}
    </ProblemBanner>
  );
}

/** The desk sends nothing that it cannot record, and says who can change that. */
function unrecordedWords(count: number): Partial<Record<ApiErrorCode, ProblemWords>> {
  const live = count === 1 ? "the token still works" : `all ${count} tokens still work`;
  const button = count === 1 ? "Revoke token" : `Revoke ${count} tokens`;
  const again = `then press “${button}” again. What you filled in stays here.`;
  return {
    store_full: {
      title: "The desk cannot save anything right now",
      next: `Nothing was sent to the portal: ${live}. The desk's disk is full or read-only. Ask whoever runs it to make room, ${again}`,
    },
    audit_unavailable: {
      title: "This could not be written into the audit trail",
      next: `Nothing was sent to the portal: ${live}. Ask whoever runs this desk to look into its log, ${again}`,
    },
    store_unavailable: {
      title: "The desk cannot reach its own store",
      next: `Unless the list shows “Revoking”, ${live}. Try again in a moment; if it stays so, tell whoever runs this desk. What you filled in stays here.`,
    },
  };
}

type AtThePortalProps = Required<Pick<RevokeProblemProps, "count" | "pasted" | "portals">>;

/** The portal's own way, as the server has it, with a word in the token's place: a value is never put into a text. */
function AtThePortal({ count, pasted, portals }: AtThePortalProps) {
  const { data } = usePortals();
  const known = data?.items.filter(({ id }) => portals.includes(id)) ?? [];
  const commands = [...new Set(known.flatMap(({ byHand }) => byHand ?? []))];
  if (commands.length === 0) return null;
  return (
    <div className="mt-2.5 grid grid-cols-1 gap-1.5">
      <p className="font-medium text-ink">
        If it cannot wait, revoke {count === 1 ? "it" : "each of them"} at the portal itself:
      </p>
      {commands.map((command) => (
        <code
          className="wrap-anywhere block select-all rounded-md border border-line bg-sunken px-2.5 py-2 font-mono text-ink text-xs"
          key={command}
        >
          {command.split(/(?<=\w)(?=\/)/).map((part) => (
            // An address is broken between its parts, where there is no room for it.
            <Fragment key={part}>
              {part}
              <wbr />
            </Fragment>
          ))}
        </code>
      ))}
      <p>
        Put the token in place of TOKEN, both times. If the answer is “false” or an error, it still works. The
        desk sees that it is gone when it next reads the list.
        {pasted
          ? null
          : " If you do not have the token, whoever runs this desk can tell you how to list yours."}
      </p>
    </div>
  );
}
