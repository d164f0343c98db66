import "server-only";
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
  address: { free: 50, forgottenAfterMs: minutes(60) },
};
const longestWaitMs = minutes(15);

/** One attempt to prove a credential. It counts as failed unless one of its ends is called. */
export type Attempt = {
  /** The credential was right: the account's counter is cleared, the address's as if nothing had happened. */
  succeeded(): Promise<void>;
  /** Nothing was learned about the credential (the portal was down): the attempt does not count. */
  undecided(): Promise<void>;
};

/**
 * Slows guessing: five failures are free for an account from an address, then waits double from 15 s up to 15
 * minutes. An address has fifty over all accounts. The account alone is not counted, so nobody can lock a person
 * out from elsewhere. The attempt is counted before the portal is asked, so that parallel guesses do not slip by;
 * counters lie in the store and survive a restart (OWASP Authentication Cheat Sheet, "Login Throttling").
 * @param kind keeps sign-in and step-up apart.
 * @throws DeskError `throttled` with the seconds to wait.
 */
export async function beginAttempt(
  desk: Desk,
  kind: "sign-in" | "step-up",
  account: string,
  ip: string,
): Promise<Attempt> {
  // Or a guess from each address of a network would be a first one.
  const address = networkOf(ip);
  // Hashed, since people type passwords into the name field.
  const accountKey = `${kind}:${sha256(`${account}\n${address}`)}`;
  // Whoever is signed in is slowed by their own account: strangers at the same address use up nothing of theirs.
  const addressKey = `address${kind === "step-up" ? "-step-up" : ""}:${sha256(address)}`;
  const keys = { [accountKey]: rules.account, [addressKey]: rules.address };
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
      const wait =
        failures < rule.free ? 0 : Math.min(longestWaitMs, seconds(15) * 2 ** (failures - rule.free));
      const next = { key, failures, blocked_until: now + wait, updated_at: now };
      await saveFailures(tx, next);
      counted.push(next);
    }
    return { rows, counted };
  });

  /** Takes this one attempt off a counter, and no other: attempts run side by side. */
  const takeBack = async (tx: Db, key: string) => {
    const [row] = await failuresOf(tx, [key]);
    if (!row) return;
    const mine = counted.find((candidate) => candidate.key === key);
    const earlier = before.find((candidate) => candidate.key === key);
    if (row.failures <= 1) await clearFailures(tx, [key]);
    else if (row.failures === mine?.failures && earlier) await saveFailures(tx, earlier);
    else await saveFailures(tx, { ...row, failures: row.failures - 1 });
  };

  return {
    succeeded: () =>
      counting(async (tx) => {
        await clearFailures(tx, [accountKey]);
        await takeBack(tx, addressKey);
      }),
    undecided: () =>
      counting(async (tx) => {
        await takeBack(tx, accountKey);
        await takeBack(tx, addressKey);
      }),
  };
}
