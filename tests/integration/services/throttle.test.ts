import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minutes, seconds } from "@/lib/server/clock";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { beginAttempt } from "@/lib/server/services/sessions/throttle";
import { engines } from "../../support/desk";
import { codeOf, type HeldDesk, startHeldDesk, trail } from "../../support/held-desk";

/** Guessing passwords must be slow, and must not be a way to keep somebody else out (ASVS 6.1.1, 6.3.1). */
describe.each(engines)("throttling on %s", (engine) => {
  let t: HeldDesk;
  let address = 0;
  beforeAll(async () => {
    t = await startHeldDesk(engine);
  });
  afterAll(() => t?.stop());

  /** An address that nothing was counted for yet. */
  const fresh = () => {
    address += 1;
    return `198.51.100.${address}`;
  };
  const guess = (ip: string, user = "ann@demo.example", password = "wrong") =>
    signIn(t.visitor(ip), { portal: "sim", username: user, password });
  const guesses = async (count: number, ip: string, user?: string) => {
    const codes: string[] = [];
    for (let i = 0; i < count; i += 1) codes.push(await codeOf(guess(ip, user)));
    return codes;
  };
  const right = (ip: string) => {
    const { userName, password } = t.passwordOf("ann");
    return guess(ip, userName, password);
  };
  const waitOf = (task: Promise<unknown>): Promise<number> =>
    task.then(
      () => 0,
      (error) => error.facts.retryAfter,
    );

  test("five tries are free, the sixth waits, and the portal hears nothing of it", async () => {
    const ip = fresh();
    await t.portal.clearCalls();
    expect(await guesses(7, ip)).toEqual([
      ...Array(5).fill("invalid_credentials"),
      ...Array(2).fill("throttled"),
    ]);
    expect(await t.portal.calls({ endpoint: "login" })).toHaveLength(5);
  });

  test("even the right password has to wait, so that guessing tells nothing", async () => {
    const ip = fresh();
    await guesses(5, ip);
    expect(await codeOf(right(ip))).toBe("throttled");
  });

  test("waits double up to a quarter of an hour, and are told in seconds", async () => {
    const ip = fresh();
    await guesses(5, ip);
    const waits: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      waits.push(await waitOf(guess(ip)));
      await t.pass(seconds(waits.at(-1) ?? 0));
      expect(await codeOf(guess(ip))).toBe("invalid_credentials");
    }
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 900, 900]);
  });

  test("the addresses of one IPv6 network are no new guessers", async () => {
    await t.portal.clearCalls();
    const codes: string[] = [];
    for (let host = 1; host <= 8; host += 1) codes.push(await codeOf(guess(`2001:db8:1:2::${host}`)));
    expect(codes).toEqual([...Array(5).fill("invalid_credentials"), ...Array(3).fill("throttled")]);
    expect(await t.portal.calls({ endpoint: "login" })).toHaveLength(5);
    expect(await codeOf(right("2001:db8:1:3::1"))).toBe("ok");
  });

  test("another address, and the person themselves elsewhere, notice nothing", async () => {
    const attacker = fresh();
    await guesses(200, attacker);
    expect(await codeOf(right(fresh()))).toBe("ok");
  });

  test("capitals, spaces and look-alike letters in the name are no new account", async () => {
    const ip = fresh();
    const names = [
      "ann@demo.example",
      "ANN@demo.example",
      " ann@demo.example ",
      "ａnn@demo.example",
      "Ann@Demo.Example",
    ];
    for (const name of names) expect(await codeOf(guess(ip, name))).toBe("invalid_credentials");
    expect(await codeOf(guess(ip))).toBe("throttled");
  });

  test("success clears the account's count", async () => {
    const ip = fresh();
    await guesses(4, ip);
    expect(await codeOf(right(ip))).toBe("ok");
    expect(await guesses(5, ip)).not.toContain("throttled");
  });

  test("fifty failures over many accounts slow an address down; success with one account of one's own does not help", async () => {
    // Otherwise an insider could try one password on everybody, signing in now and then in between.
    const ip = fresh();
    const codes: string[] = [];
    for (let i = 0; i < 60 && !codes.includes("throttled"); i += 1) {
      if (i % 10 === 0 && i < 50) expect(await codeOf(right(ip))).toBe("ok");
      codes.push(await codeOf(guess(ip, `person${i}@demo.example`)));
    }
    expect(codes.indexOf("throttled")).toBe(50);
  });

  test("parallel guesses do not slip by", async () => {
    const ip = fresh();
    await t.portal.clearCalls();
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(guess(ip))));
    expect(codes.filter((code) => code === "throttled")).toHaveLength(15);
    expect(await t.portal.calls({ endpoint: "login" })).toHaveLength(5);
  });

  // Everybody of an office comes at nine.
  test("many who are right at the same time leave their address as free as it was", async () => {
    const ip = fresh();
    for (const user of ["zoe@demo.example", "yve@demo.example"]) await codeOf(guess(ip, user));
    const names = Array.from({ length: 48 }, (_, index) => `person ${index}`);
    const begin = (name: string) => beginAttempt(t.desk, "sign-in", { account: name, name }, ip);
    const attempts = [];
    for (const name of names) attempts.push(await begin(name));
    expect(await codeOf(begin("one more"))).toBe("throttled");
    for (const { succeeded } of attempts) await succeeded();
    expect(await codeOf(right(ip))).toBe("ok");
    expect(await guesses(5, ip)).not.toContain("throttled");
  });

  test("counts survive a restart", async () => {
    const ip = fresh();
    await guesses(5, ip);
    await t.restart();
    expect(await codeOf(guess(ip))).toBe("throttled");
  });

  test("a portal in trouble is not counted, and takes nothing off either", async () => {
    const ip = fresh();
    expect(await guesses(3, ip)).not.toContain("throttled");
    await t.portal.addFault({ endpoint: "login", kind: "status", status: 503, count: 4 });
    // Otherwise whoever can make the portal stumble could guess for ever.
    expect(await guesses(4, ip)).toEqual(Array(4).fill("portal_unavailable"));
    expect(await guesses(3, ip)).toEqual(["invalid_credentials", "invalid_credentials", "throttled"]);
  });

  test("a try of unknown end takes back itself alone, when others end beside it", async () => {
    const ip = fresh();
    await t.portal.addFault({ endpoint: "login", kind: "hang" });
    const hanging = codeOf(guess(ip));
    await t.portal.waitForCalls({ endpoint: "login", userName: "ann@demo.example", finished: false }, 1);
    expect(await guesses(3, ip)).not.toContain("throttled");
    expect(await t.finish(hanging)).toBe("portal_timeout");
    expect(await guesses(3, ip)).toEqual(["invalid_credentials", "invalid_credentials", "throttled"]);
  });

  test("a clock that was set back makes no wait longer than the longest", async () => {
    const ip = fresh();
    await guesses(5, ip);
    t.clock.setWall(t.clock.now() - minutes(120));
    expect(await codeOf(right(ip))).toBe("ok");
  });

  test("what was held back is in the trail too", async () => {
    const ip = fresh();
    const before = (await trail(t)).length;
    await guesses(6, ip);
    const last = (await trail(t)).slice(before).at(-1);
    expect(last).toMatchObject({ result: "refused", ip, detail: { code: "throttled" } });
  });
});
