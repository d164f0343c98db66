import { describe, expect, test } from "vitest";
import { readEnv } from "@/lib/server/env";
import type { Desk } from "@/lib/server/services/desk";
import { accountsFor, accountsToKeep } from "@/lib/server/services/sessions/allowed";

const deskWith = (TOKENDESK_ALLOW: string) => {
  const env = readEnv({ NODE_ENV: "test", TOKENDESK_ALLOW });
  return { env } as Desk;
};
const person = { portal: "vacd", userId: "1", userName: "ann@example.test" };

/** The accounts that are known in the end, and whether the portal was asked for them. */
async function knownBy(allow: string, accounts?: string[]) {
  let asked = false;
  const known = await accountsFor(deskWith(allow), { ...person, accounts }, async () => {
    asked = true;
    return ["7", "42"];
  });
  return { known, asked };
}

describe("the accounts of whoever signs in", () => {
  test("are asked for where those that came along let nobody in: they may be main ones alone", async () => {
    expect(await knownBy("vacd:account:42", ["7"])).toEqual({ known: ["7", "42"], asked: true });
    expect(await knownBy("vacd:account:42")).toEqual({ known: ["7", "42"], asked: true });
  });

  test("are not asked for where nothing hangs on them", async () => {
    expect(await knownBy("vacd:account:7", ["7"])).toEqual({ known: ["7"], asked: false });
    expect(await knownBy("vacd:account:42 vacd:user:ann@example.test", ["7"])).toEqual({
      known: ["7"],
      asked: false,
    });
    expect(await knownBy("vacd:userId:1 virtualacd:account:42")).toEqual({ known: undefined, asked: false });
  });

  test("are kept as far as they fit into a row, those that a rule names first", () => {
    const many = Array.from({ length: 3_000 }, (_, index) => String(index));
    const kept = accountsToKeep(deskWith("vacd:account:2999 virtualacd:account:2998").env, "vacd", many);
    expect(kept).toHaveLength(1_000);
    expect(kept.slice(0, 2)).toEqual(["2999", "0"]);
    expect(kept).not.toContain("2998");
  });
});
