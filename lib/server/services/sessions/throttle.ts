import "server-only";
import { isDeepStrictEqual } from "node:util";
import { minutes, seconds } from "../../clock";
import { sha256 } from "../../crypto";
import { DeskError } from "../../errors";
import { networkOf } from "../../network";
import type { Db, SignInFailureTable } from "../../store/schema";
import { clearFailures, failuresOf, saveFailures } from "../../store/sign-in-failures";
import type { Desk } from "../desk";

/** Failures that are free, and how long a counter is remembered after the last one. */
const rules = {
  account: { free: 5, forgottenAfterMs: minutes(60) },
  /** Says only how much of the account's count is a name's own. */
  name: { free: Number.POSITIVE_INFINITY, forgottenAfterMs: minutes(60) },
  address: { free: 50, forgottenAfterMs: minutes(60) },
};
type Rule = (typeof rules)[keyof typeof rules];
const longestWaitMs = minutes(15);

/** How long so many failures make one wait after the last of them, in milliseconds. */
const waitOf = ({ free }: Rule, failures: number): number =>
  failures < free ? 0 : Math.min(longestWaitMs, seconds(15) * 2 ** (failures - free));

/** Whose attempts are counted together, and under which of its names this one was made. */
export type Account = { account: string; name: string };

/** One attempt to prove a credential. It counts as failed unless one of its ends is called. */
export type Attempt = {
  /**
   * The credential was right: what was counted under this very name is taken off, and the address's as if nothing had
   * happened.
   */
  succeeded(): Promise<void>;
  /** Nothing was learned about the credential (the portal was down): the attempt does not count. */
  undecided(): Promise<void>;
};

/**
 * Slows guessing: five failures are free for an account from an address, then waits double from 15 s up to 15
 * minutes. An address has fifty over all accounts. The account alone is not counted, so nobody can lock a person
 * out from elsewhere. Names that a portal may take for one are one account here, and yet may be two people's: who is
 * right takes back their own name's failures alone, or they could go on guessing at the other's. The attempt is counted
 * before the portal is asked, so that parallel guesses do not slip by; counters lie in the store and survive a restart
 * (OWASP Authentication Cheat Sheet, "Login Throttling").
 * @param kind keeps sign-in and step-up apart.
 * @throws DeskError `throttled` with the seconds to wait.
 */
export async function beginAttempt(
  desk: Desk,
  kind: "sign-in" | "step-up",
  { account, name }: Account,
  ip: string,
): Promise<Attempt> {
  // Or a guess from each address of a network would be a first one.
  const address = networkOf(ip);
  // Hashed, since people type passwords into the name field.
  const accountKey = `${kind}:${sha256(`${account}\n${address}`)}`;
  const nameKey = `${kind}-name:${sha256(`${name}\n${address}`)}`;
  // Whoever is signed in is slowed by their own account: strangers at the same address use up nothing of theirs.
  const addressKey = `address${kind === "step-up" ? "-step-up" : ""}:${sha256(address)}`;
  const keys = { [accountKey]: rules.account, [nameKey]: rules.name, [addressKey]: rules.address };
  const now = desk.clock.now();

  // Counting is one at a time for an address: PostgreSQL would let two that come together read the same count.
  const counting = <T>(task: (tx: Db) => Promise<T>) =>
    desk.leases.run(addressKey, () => desk.db.transaction().execute(task));

  const { rows: before, counted } = await counting(async (tx) => {
    const rows = await failuresOf(tx, Object.keys(keys));
    const counted: SignInFailureTable[] = [];
    const blockedUntil = Math.max(0, ...rows.map((row) => row.blocked_until));
    // A clock that was set back must not make a wait any longer than the longest.
    if (blockedUntil > now && blockedUntil <= now + longestWaitMs)
      throw new DeskError("throttled", { retryAfter: Math.ceil((blockedUntil - now) / 1000) });
    for (const [key, rule] of Object.entries(keys)) {
      const row = rows.find((candidate) => candidate.key === key);
      const remembered = row && now - row.updated_at < rule.forgottenAfterMs ? row.failures : 0;
      const failures = remembered + 1;
      const next = { key, failures, blocked_until: now + waitOf(rule, failures), updated_at: now };
      await saveFailures(tx, next);
      counted.push(next);
    }
    return { rows, counted };
  });

  /** Takes so many attempts, this one among them, off a counter, and no others: attempts run side by side. */
  const lower = async (tx: Db, key: string, rule: Rule, count: number) => {
    const [row] = await failuresOf(tx, [key]);
    if (!row) return;
    const mine = counted.find((candidate) => candidate.key === key);
    const earlier = before.find((candidate) => candidate.key === key);
    const failures = row.failures - count;
    const blocked_until = Math.min(row.blocked_until, row.updated_at + waitOf(rule, failures));
    if (failures <= 0) await clearFailures(tx, [key]);
    else if (count === 1 && earlier && isDeepStrictEqual({ ...row }, mine)) await saveFailures(tx, earlier);
    else await saveFailures(tx, { ...row, failures, blocked_until });
  };
  /** What is taken off the account is what its name has: the rest of it is another's. */
  const takeBack = (wanted: (ofName: number) => number) =>
    counting(async (tx) => {
      const [own] = await failuresOf(tx, [nameKey]);
      const count = wanted(own?.failures ?? 0);
      await lower(tx, accountKey, rules.account, count);
      await lower(tx, nameKey, rules.name, count);
      await lower(tx, addressKey, rules.address, 1);
    });

  return {
    succeeded: () => takeBack((ofName) => ofName),
    undecided: () => takeBack((ofName) => Math.min(ofName, 1)),
  };
}
