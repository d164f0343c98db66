import { describe, expect, it } from "vitest";
import type { Answer } from "@/lib/server/portal/exchange";
import * as read from "@/lib/server/portal/read-answers";

const json = (value: unknown): Answer => ({
  status: 200,
  contentType: "application/json",
  text: JSON.stringify(value),
});
const plain = (text: string): Answer => ({ status: 200, contentType: "text/plain;charset=UTF-8", text });
const html: Answer = { status: 200, contentType: "text/html", text: "<!doctype html><title>Sign in</title>" };
/** HTML that claims to be something else. */
const disguised = plain("  <html><body>Maintenance</body></html>");

const authToken = "5a2f0e1c-9b7d-4c3e-8f1a-0d2b4c6e8a10";
const token = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";
const ann = {
  userId: 12,
  userName: "ann@example.test",
  firstName: "Ann",
  lastName: "Lee",
  fullName: "Ann Lee",
  enabled: true,
};

describe("sign-in", () => {
  const accounts = [
    { accountId: "1", accountName: "One", mainAccountId: "99" },
    { accountId: "2", accountName: "Two", mainAccountId: 99 },
    { accountId: "3", accountName: "Three", mainAccountId: "100" },
    { accountId: "4", accountName: "Four" },
  ];
  const expected = {
    authToken,
    user: {
      ...ann,
      userId: "12",
      roles: ["SUPER_USER", "MANAGE_USERS"],
      accountIds: ["99", "100", "1", "2", "3", "4"],
    },
  };

  it("is understood with the user under `user`, roles as objects", async () => {
    const user = {
      ...ann,
      roles: [{ roleType: "SUPER_USER", description: "all" }, { roleType: "MANAGE_USERS" }],
    };
    expect(await read.readSignIn(json({ authToken, platformHost: "h", accounts, user }), "ann")).toEqual(
      expected,
    );
  });

  it("is understood with the user's fields beside the token, roles as strings", async () => {
    const flat = { authToken, accounts, ...ann, roles: ["SUPER_USER", "MANAGE_USERS"], user: null };
    expect(await read.readSignIn(json(flat), "ann")).toEqual(expected);
  });

  it("takes the name that was signed in with where the answer has none", async () => {
    expect(await read.readSignIn(json({ authToken, userName: null }), "ann@example.test")).toEqual({
      authToken,
      user: { userName: "ann@example.test", roles: [] },
    });
  });

  it.each([
    ["no token", json({ user: ann })],
    ["a token that is no string", json({ authToken: 7, user: ann })],
    // Put into a header later on, this would be a second header.
    ["a token with a line break", json({ authToken: "a\r\nX-Evil: 1", user: ann })],
    [
      "an id that the parser rounded",
      plain('{"authToken":"x","user":{"userId":90071992547409931,"userName":"a"}}'),
    ],
    ["a name with control characters", json({ authToken, user: { ...ann, userName: "ann\u0000" } })],
    ["a list", json([])],
    ["HTML", html],
    ["nothing", plain("")],
  ])("is not understood with %s", async (_name, answer) => {
    expect(await read.readSignIn(answer, "ann")).toBeUndefined();
  });

  it("gives no rights for roles of an unknown form, and never fails for a field that matters to nobody", async () => {
    const user = {
      ...ann,
      lastName: 7,
      enabled: "yes",
      roles: [{ type: "SUPER_USER" }, 7, null, "USER", "a b"],
    };
    expect(await read.readSignIn(json({ authToken, user, accounts: "none" }), "ann")).toEqual({
      authToken,
      user: {
        userId: "12",
        userName: "ann@example.test",
        firstName: "Ann",
        fullName: "Ann Lee",
        roles: ["USER"],
      },
    });
  });

  it("needs a name of its own to say who a credential is", async () => {
    expect(await read.readIdentity(json({ authToken, user: ann }))).toMatchObject({ userId: "12" });
    expect(await read.readIdentity(json({ authToken }))).toBeUndefined();
  });
});

describe("a minted token", () => {
  it.each([
    ["plain text", plain(token)],
    ["plain text with white space around it", plain(`\r\n ${token}\n`)],
    ["a JSON string", json(token)],
    ["a JSON string as plain text, with white space inside and out", plain(` " ${token} "\n`)],
    ["plain text that claims to be JSON", { ...plain(token), contentType: "application/json" }],
  ])("is understood as %s", async (_name, answer) => {
    expect(await read.readMintedToken(answer)).toBe(token);
  });

  it("may have no prefix, or a form nobody has seen", async () => {
    expect(await read.readMintedToken(plain("baf522ee-5d42-457a-a18d-7b8500eeb573"))).toBe(
      "baf522ee-5d42-457a-a18d-7b8500eeb573",
    );
    expect(await read.readMintedToken(plain("v2.0123456789abcdef"))).toBe("v2.0123456789abcdef");
  });

  it.each([
    ["HTML", html],
    ["HTML in disguise", disguised],
    ["nothing", plain(" ")],
    ["null", plain("null")],
    ["a word", plain("Unauthorized")],
    ["a sentence", plain("Something went wrong, try again")],
    ["an error of the portal", json({ generalMessage: "x", details: "y" })],
    ["a list", json([token])],
    ["an endless value", plain("x".repeat(513))],
    ["a value with a line break", plain(`${token}\n${token}`)],
  ])("is not understood as %s", async (_name, answer) => {
    expect(await read.readMintedToken(answer)).toBeUndefined();
  });
});

describe("the list of tokens", () => {
  it("keeps tokens of every form, each once, in their order", async () => {
    const values = [
      token,
      "baf522ee-5d42-457a-a18d-7b8500eeb573",
      "unforeseen form/with everything",
      token,
      "",
    ];
    expect(await read.readTokenList(json(values))).toEqual([token, values[1], values[2]]);
    expect(await read.readTokenList(json([]))).toEqual([]);
    expect(await read.readTokenList({ ...json([token]), contentType: "text/plain" })).toEqual([token]);
  });

  // Read as an empty list, each of these would make every token look as if it had disappeared.
  it.each([
    ["nothing", plain("")],
    ["null", json(null)],
    ["an object", json({ tokens: [] })],
    ["half a list", plain(`["${token}", "aws`)],
    ["objects", json([{ token }])],
    ["HTML", html],
    ["HTML in disguise", disguised],
  ])("is not understood as %s", async (_name, answer) => {
    expect(await read.readTokenList(answer)).toBeUndefined();
  });
});

describe("the answer to a delete", () => {
  it.each(["true", " true\n", '"true"', "TRUE", ""])("%j is a yes", (text) => {
    expect(read.readDeleted(plain(text))).toBe(true);
  });
  it.each(["false", "false ", '"false"', "False"])("%j is a no", (text) => {
    expect(read.readDeleted(plain(text))).toBe(false);
  });
  it.each(["<html></html>", "{}", "1", "deleted", "truefalse"])("%j is not understood", (text) => {
    expect(read.readDeleted(plain(text))).toBeUndefined();
  });
});

describe("users", () => {
  const leaf = (userId: number, more: object = {}) => ({
    userId,
    userName: `u${userId}`,
    roles: ["USER"],
    ...more,
  });
  const user = (userId: string, parentId?: string) => ({
    userId,
    userName: `u${userId}`,
    roles: ["USER"],
    ...(parentId && { parentId }),
  });

  it("are laid flat with their parents", async () => {
    const tree = [
      leaf(1, { children: [leaf(2, { children: [leaf(3)] }), leaf(4, { children: null })] }),
      leaf(5),
    ];
    expect(await read.readUsers(json(tree))).toEqual([
      user("1"),
      user("2", "1"),
      user("3", "2"),
      user("4", "1"),
      user("5"),
    ]);
  });

  it("are taken flat, with the parent from the path where that is made of ids", async () => {
    const flat = [
      leaf(1, { parentPath: "" }),
      leaf(2, { parentPath: "/1" }),
      leaf(3, { parentPath: "1.2.3" }),
      leaf(4, { parentPath: "ann7/bob9" }),
    ];
    expect(await read.readUsers(json(flat))).toEqual([user("1"), user("2", "1"), user("3", "2"), user("4")]);
  });

  it("are named once, even where the answer is flat and nested at the same time", async () => {
    expect(await read.readUsers(json([leaf(1, { children: [leaf(2)] }), leaf(2)]))).toEqual([
      user("1"),
      user("2", "1"),
    ]);
  });

  it("survive a tree as deep as an answer may be long", async () => {
    const deep = (depth: number) =>
      plain(`${'[{"userName":"u","children":'.repeat(depth)}[]${"}]".repeat(depth)}`);
    expect(await read.readUsers(deep(9_000))).toEqual([{ userName: "u", roles: [] }]);
    // The same user counts each time it is looked at.
    expect(await read.readUsers(deep(50_000))).toBe("too many");
  });

  it.each([
    ["an entry without a name", json([{ userId: 1 }])],
    ["an entry that is no user", json([leaf(1, { children: ["u2"] })])],
    ["one user instead of a list", json(leaf(1))],
    ["HTML", html],
  ])("are not understood with %s", async (_name, answer) => {
    expect(await read.readUsers(answer)).toBeUndefined();
  });
});

describe("accounts", () => {
  it("have ids as strings and nothing that was not asked for", async () => {
    const answer = json([
      { accountId: 7, accountName: "Seven", mainAccountId: "1", secret: "x" },
      { accountId: "8" },
    ]);
    expect(await read.readAccounts(answer)).toEqual([
      { accountId: "7", accountName: "Seven", mainAccountId: "1" },
      { accountId: "8" },
    ]);
    expect(await read.readAccounts(json([{}]))).toBeUndefined();
  });
});
