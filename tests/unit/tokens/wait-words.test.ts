import { describe, expect, it } from "vitest";
import { isHeldBack, itemDetail, itemWords, pauseOf } from "@/components/tokens/operation-words";
import { meanwhileWords, type RevocationWait, waitWords } from "@/components/tokens/revoke/wait-words";
import type { Operation } from "@/lib/contracts/tokens";
import { isolate } from "@/lib/shared/isolate";

const acceptedAt = "2026-03-01T12:00:00Z";

/** All of it, as one reads it, with the count as so many seconds. */
function read(wait: Partial<RevocationWait>, portal?: string): string {
  const { so, act, when, tail } = waitWords({ isNew: false, isUrgent: false, ...wait }, portal);
  return `${so} ${act} ${when ?? `in ${wait.retryAfter} s`}${tail}.`.trim();
}

describe("what a revocation waits for", () => {
  it("is the person's sign-in, too, where the desk does not hold the token and it is not sent yet", () => {
    const said = (wait: Partial<RevocationWait>, token: Parameters<typeof meanwhileWords>[1]) =>
      meanwhileWords(waitWords({ isNew: false, isUrgent: true, retryAfter: 8, ...wait }), token);
    const own = { connectionId: "con_1", sealed: false };
    expect(said({}, own)).toContain("Stay signed in until it is sent");
    expect(said({ acceptedAt }, own)).toContain("goes on by itself");
    expect(said({}, { ...own, sealed: true })).toContain("goes on by itself");
    expect(said({}, { sealed: false })).toContain("goes on by itself");
    expect(said({}, undefined)).toContain("goes on by itself");
  });

  it.each<[Partial<RevocationWait>, string]>([
    [{ isNew: true }, "It has not been sent yet. The desk sends it as soon as its turn comes."],
    [{ isNew: true, isUrgent: true }, "It has not been sent yet. The desk sends it before everything else."],
    [
      { error: "portal_limited", retryAfter: 23, isUrgent: true },
      "Calls to the portal are on hold. The desk sends it in 23 s, before everything else.",
    ],
    [
      { error: "portal_limited", retryAfter: 23 },
      "Calls to the portal are on hold. The desk goes on in 23 s.",
    ],
    [{ error: "portal_limited" }, "The desk goes on now."],
    [{ retryAfter: 55 }, "Other revocations are ahead of it. The desk goes on in 55 s."],
    [{ retryAfter: 8, isUrgent: true }, "The desk sends it in 8 s, before everything else."],
    [
      { error: "portal_unavailable", retryAfter: 5 },
      "The portal is not available at the moment. The desk tries again in 5 s.",
    ],
    [
      { error: "portal_timeout", retryAfter: 2 },
      "The portal did not answer in time, so nobody knows yet whether it is gone. The desk asks again in 2 s.",
    ],
    [
      { acceptedAt, retryAfter: 5, isUrgent: true },
      "The portal has accepted it. The desk checks again in 5 s whether it is really gone.",
    ],
    [
      { error: "internal", retryAfter: 5 },
      "Something went wrong inside the desk. The desk tries again in 5 s.",
    ],
  ])("%j is told as %j", (wait, words) => {
    expect(read(wait)).toBe(words);
  });

  it("names the portal and the person, set apart", () => {
    const named = { error: "connection_ended", waitingFor: "ann@example.com", retryAfter: 60 };
    expect(read(named, "Acme")).toBe(
      `${isolate("Acme")} has ended the connection. Sign in as ${isolate("ann@example.com")} again: the desk cannot send it without. It looks again in 60 s.`,
    );
    expect(read({ ...named, error: undefined, acceptedAt }, "Acme")).toContain(
      `the desk needs a sign-in as ${isolate("ann@example.com")}`,
    );
  });

  it("says that the token still works for as long as that is so, or may be", () => {
    const meanwhile = (wait: Partial<RevocationWait>) =>
      waitWords({ isNew: false, isUrgent: false, retryAfter: 5, ...wait }).meanwhile;
    expect(meanwhile({})).toBe("; until then the token still works");
    expect(meanwhile({ error: "portal_timeout" })).toBe("; until then, assume that the token still works");
    expect(meanwhile({ acceptedAt })).toBe("");
  });

  it("says that it was not sent of that alone which was not", () => {
    const isUnsent = (wait: Partial<RevocationWait>) =>
      waitWords({ isNew: false, isUrgent: true, retryAfter: 5, ...wait }).isUnsent;
    expect([isUnsent({ isNew: true }), isUnsent({}), isUnsent({ error: "portal_limited" })]).toEqual([
      true,
      true,
      true,
    ]);
    for (const error of ["portal_unavailable", "portal_timeout", "portal_not_understood", "store_full"])
      expect(isUnsent({ error }), error).toBe(false);
    expect(isUnsent({ acceptedAt })).toBe(false);
  });
});

type Item = Operation["items"][number];
const operation = (items: Item[], facts: Partial<Operation> = {}): Operation => ({
  kind: "revoke",
  state: "checking",
  done: 0,
  total: items.length,
  items,
  ...facts,
});
const limited: Item = { state: "checking", error: "portal_limited", retryAfter: 30 };
const held: Item = { state: "checking", retryAfter: 29 };
const accepted: Item = { state: "checking", acceptedAt, retryAfter: 2 };

describe("a bulk revocation", () => {
  it("pauses where all that is open waits for the portal, until the soonest try", () => {
    const waiting = operation([{ state: "done" }, limited, held, { state: "pending" }]);
    expect(pauseOf(waiting)).toEqual({
      so: "Calls to the portal are on hold.",
      act: "The desk goes on",
      seconds: 29,
    });
    expect(pauseOf(operation([{ ...limited, error: "portal_unavailable" }]))?.so).toContain("not available");
    expect(pauseOf(operation([accepted, { state: "done" }]))).toMatchObject({ seconds: 2 });
  });

  it("does not where anything is under way, over, or waits for a person", () => {
    for (const item of [{ state: "sending" }, { state: "checking" }] as const)
      expect(pauseOf(operation([limited, item]))).toBeUndefined();
    expect(pauseOf(operation([{ state: "pending" }, accepted]))).toBeUndefined();
    expect(pauseOf(operation([{ state: "done" }, { state: "failed" }]))).toBeUndefined();
    expect(pauseOf(operation([limited], { waitingFor: "ann" }))).toBeUndefined();
    expect(pauseOf(operation([limited], { kind: "mint" }))).toBeUndefined();
  });

  it("is held back where any of it waits for its turn", () => {
    expect(isHeldBack(operation([{ state: "sending" }, held]))).toBe(true);
    expect(isHeldBack(operation([{ state: "sending" }, { state: "pending" }, accepted]))).toBe(false);
  });

  it("calls nothing being revoked that was not sent", () => {
    expect([limited, held, accepted].map((item) => itemWords("revoke", item))).toEqual([
      "Waiting",
      "Waiting",
      "Revoking",
    ]);
    expect(itemWords("revoke", { ...limited, error: "portal_timeout" })).toBe("Revoking");
    expect([limited, held, accepted].map(itemDetail)).toEqual([
      "Calls to the portal are on hold",
      "",
      "The portal has accepted it",
    ]);
  });
});
