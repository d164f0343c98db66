import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import * as read from "@/lib/server/portal/read-answers";

/*
 * A portal's answer is read in the process that everybody is answered by: what takes long to read is read in turns, and what
 * no portal has to say is not read.
 */

const json = (text: string) => ({ status: 200, contentType: "application/json", text });
const many = (count: number, make: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => make(at));
/** Names that nobody asked for, each another one. */
const names = (count: number, from = 0) => many(count, (at) => `"k${(from + at).toString(36)}":1`).join();

/** What an answer is read as, and how many turns others had meanwhile. */
async function turnsOf<T>(task: () => T | Promise<T>): Promise<{ value: T; turns: number }> {
  let turns = 0;
  let over = false;
  const others = (async () => {
    while (!over) {
      await setImmediate();
      turns += 1;
    }
  })();
  await setImmediate();
  const before = turns;
  const value = await task();
  const had = turns - before;
  over = true;
  await others;
  return { value, turns: had };
}

const ann = '"userId":1,"userName":"ann@demo.example","roles":["USER"]';
const user = { userId: "1", userName: "ann@demo.example", roles: ["USER"] };

// A sign-in is answered by whoever stands at the portal's address: a quarter of a megabyte kept all others waiting.
it.each([
  ["beside the user", `{"authToken":"x",${ann},${names(29_000)}}`],
  ["of the user", `{"authToken":"x","user":{${ann},${names(29_000)}}}`],
])("an identity full of names %s is read in turns, and none of them is kept", async (_where, text) => {
  const { value, turns } = await turnsOf(() => read.readSignIn(json(text), "ann"));
  expect(value).toEqual({ authToken: "x", user });
  expect(turns).toBeGreaterThan(1);
});

it.each([
  ["one user", `[{${ann},${names(90_000)}}]`],
  ["ten thousand", `[${many(10_000, (at) => `{"userName":"u${at}",${names(9, 9 * at)}}`)}]`],
])("a list of people with as many names as fit, of %s, is read in turns", async (_of, text) => {
  const { value, turns } = await turnsOf(() => read.readUsers(json(text)));
  expect(Array.isArray(value)).toBe(true);
  expect(turns).toBeGreaterThan(5);
});

it("a text of megabytes in the place of a name or a token is not looked at", async () => {
  for (const letter of ["a", "é", '\\"', "\\n"]) {
    const long = letter.repeat(1_000_000);
    expect(await read.readUsers(json(`[{${ann},"fullName":"${long}"}]`))).toBe("too many");
    expect(await read.readTokenList(json(`["${long}"]`))).toBe("too many");
  }
});

// Each listed value is fingerprinted and learned by the log, whatever its length.
it("a value that can be nobody's token is in no list", async () => {
  expect(await read.readTokenList(json(JSON.stringify(["é".repeat(1_025)])))).toBe("too many");
  expect(await read.readTokenList(json(JSON.stringify(["é".repeat(1_024)])))).toEqual(["é".repeat(1_024)]);
});
