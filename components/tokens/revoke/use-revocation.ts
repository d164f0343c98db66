"use client";

import { useQuery } from "@tanstack/react-query";
import { useOperation } from "@/lib/browser/operations";
import { tokenOptions } from "@/lib/browser/tokens";
import type { Operation, Receipt, RevokeAnswer, RevokeReason, Token } from "@/lib/contracts/tokens";
import type { RevocationWait } from "./wait-words";

export type Revocation = {
  state: RevokeAnswer["state"];
  receipt: Receipt;
  token?: Token;
  lastTryAt?: string;
  /** A problem code: what kept the last try from succeeding, or why the portal said no. */
  error?: string;
  /** What it waits for, and when the answer came that says so; missing until there is one. */
  wait?: RevocationWait & { answeredAt: number };
};

const pollMs = 2_000;

/** Of a token that may be meant in several ways each is an item: the one under way, else the one that came to its good. */
function decisive(items: Operation["items"] = []): Operation["items"][number] | undefined {
  const isOpen = ({ state }: Operation["items"][number]) => state !== "failed" && state !== "done";
  return items.find(isOpen) ?? items.find(({ state }) => state === "done") ?? items[0];
}

type Asked = { answer: RevokeAnswer; reason: RevokeReason };

/** Follows a revocation to its end: the operation says how it ends, the token's record holds the receipt. */
export function useRevocation({ answer, reason }: Asked, knownTokenId?: string): Revocation {
  const { data: operation, dataUpdatedAt: answeredAt } = useOperation(answer.operationId);
  const item =
    knownTokenId === undefined
      ? decisive(operation?.items)
      : operation?.items.find((each) => each.tokenId === knownTokenId);
  const tokenId = knownTokenId ?? item?.tokenId;
  const failed = item?.state === "failed";
  const { data: token, isLoading } = useQuery({
    ...tokenOptions(tokenId ?? ""),
    // Revoked by its value, it may be somebody else's, whom one may not see.
    enabled: tokenId !== undefined,
    retry: false,
    refetchInterval: ({ state }) =>
      failed || state.data?.status === "revoked" || state.status === "error" ? false : pollMs,
  });
  const revoked = token?.status === "revoked" || item?.state === "done" || answer.state === "revoked";
  const underWay = token?.revoking;
  // By its value it may be of nobody here, and then it goes last: what is urgent is told by the token, once it is there.
  const reasons = [knownTokenId === undefined ? undefined : reason, underWay?.reason];
  return {
    state: revoked ? "revoked" : failed ? "failed" : answer.state,
    receipt: token?.revoked?.receipt ?? { ...answer.receipt, ...acceptance(item) },
    token,
    lastTryAt: underWay?.lastTryAt,
    error: item?.error ?? underWay?.error,
    wait:
      item === undefined || isLoading
        ? undefined
        : {
            isNew: item.state === "pending",
            isUrgent: reasons.includes("compromised"),
            error: item.error,
            acceptedAt: item.acceptedAt,
            retryAfter: item.retryAfter,
            waitingFor: operation?.waitingFor,
            answeredAt,
          },
  };
}

/** What the operation knows of the receipt before its end. */
const acceptance = (item: Operation["items"][number] | undefined): Receipt =>
  item?.acceptedAt === undefined ? {} : { acceptedAt: item.acceptedAt };
