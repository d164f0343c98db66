import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { problem } from "@/lib/contracts/problem";
import type { MintAnswer, Token, TokenList } from "@/lib/contracts/tokens";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { createDatabase } from "@/tests/support/postgres";
import type { DeskClient } from "../../scripts/desk-client";
import { engines } from "../support/desk";
import { connectionOf } from "./support/stage";

/*
 * Text of others on a lead's screen and in the trail. An attacker who gets something in there that cannot be seen gives
 * two tokens one name, a token no name that anybody could point at, or turns around what stands beside it.
 */

// Ten, for so many times a minute one may label a selection.
const hiding = {
  "no visible character": "\u3164",
  "a zero-width space": "qz\u200bc",
  "a mark of direction": "qz\u200ec",
  "an override of direction": "qz\u202ec",
  "a line separator": "qz\u2028c",
  tags: "qz\u{e0063}\u{e0072}c",
  "a blank of braille": "qz\u2800c",
  "a control character": "qz\u0007c",
  "a combining mark alone": "\u0301",
  "marks over the lines around": `qz${"\u0321".repeat(30)}`,
};
const untidy = " Cafe\u0301 \u00a0\u3000 key ";
const tidy = "Caf\u00e9 key";

describe.each(engines)("text that hides something, on %s", (engine) => {
  let desk: DeskProcess;
  let person: DeskClient;
  let connectionId: string;
  let keys = 0;
  beforeAll(async () => {
    const env: Record<string, string> = { TOKENDESK_SECRET: randomBytes(32).toString("base64url") };
    if (engine === "postgres") env.DATABASE_URL = await createDatabase(inject("postgresUrl"));
    desk = await startDeskProcess({ env });
    person = await desk.signedIn("ann");
    connectionId = await connectionOf(person);
  });
  afterAll(() => desk?.stop());

  const mint = (input: object) => {
    keys += 1;
    return person.post("/api/tokens", { connectionId, ...input }, { "Idempotency-Key": `a-name-${keys}` });
  };
  const minted = async (input: object) => ((await mint(input)).body as MintAnswer).items?.[0] as Token;
  const texts = (text: string) => ({
    label: text,
    purpose: text,
    environment: text,
    notes: text,
    integrationId: text,
    tags: [text],
  });
  const one = (text: string) => Object.entries(texts(text)).map(([name, value]) => ({ [name]: value }));

  it.each(Object.entries(hiding))(
    "has no field that takes %s, and no answer that repeats it",
    async (_, text) => {
      const { id } = await minted({ label: "as it was" });
      const note = { reason: "unused", note: text };
      const asked: [path: string, answer: Awaited<ReturnType<typeof mint>>][] = [];
      for (const input of one(text)) {
        const [field = ""] = Object.keys(input);
        const path = field === "tags" ? "tags.0" : field;
        asked.push([path, await mint({ label: "x", ...input })]);
        asked.push([path, await person.patch(`/api/tokens/${id}`, input)]);
      }
      for (const input of [{ environment: text }, { purpose: text }])
        asked.push([
          Object.keys(input)[0] ?? "",
          await person.post("/api/tokens/label", { ids: [id], ...input }),
        ]);
      asked.push(["addTags.0", await person.post("/api/tokens/label", { ids: [id], addTags: [text] })]);
      asked.push(["note", await person.delete(`/api/tokens/${id}`, note)]);
      asked.push(["note", await person.post("/api/tokens/revoke", { ids: [id], ...note })]);
      asked.push([
        "note",
        await person.post("/api/tokens/revoke-by-value", { portal: "sim", token: "aws80:x", ...note }),
      ]);
      expect(asked).toHaveLength(18);
      for (const [path, answer] of asked) {
        const { code, errors } = problem.parse(answer.body);
        expect([answer.status, code, errors?.map((error) => error.path)]).toEqual([
          400,
          "invalid_input",
          [path],
        ]);
        expect(errors?.[0]?.message).toMatch(
          / at position \d: delete it$|^Nothing in it can be seen$|^More than 10 marks/,
        );
        expect(JSON.stringify(errors)).not.toMatch(/qz|\p{DI}|\p{Cf}|\u2028/u);
      }
      expect((await person.get(`/api/tokens/${id}`)).body).toMatchObject({
        label: "as it was",
        status: "active",
      });
    },
  );

  it("keeps what looks the same as the same: NFC, with single spaces, in every field", async () => {
    // Ann has been asking for many at once.
    person = await desk.signedIn("ben");
    connectionId = await connectionOf(person);
    const kept = texts(tidy);
    expect(await minted(texts(untidy))).toMatchObject(kept);
    const { id } = await minted({ label: "x" });
    for (const input of one(untidy))
      expect((await person.patch(`/api/tokens/${id}`, input)).status).toBe(200);
    expect((await person.get(`/api/tokens/${id}`)).body).toMatchObject(kept);

    const other = (await minted({ label: "y" })).id;
    const change = { environment: untidy, purpose: untidy, addTags: [untidy, tidy] };
    const labelled = await person.post("/api/tokens/label", { ids: [other], ...change });
    expect(labelled.status).toBe(200);
    expect((await person.get(`/api/tokens/${other}`)).body).toMatchObject({
      environment: tidy,
      purpose: tidy,
      tags: [tidy],
    });
    const lines = await person.patch(`/api/tokens/${other}`, { notes: "\n one\t \r\n\r\n two \n" });
    expect(lines.body).toMatchObject({ notes: "one\n\ntwo" });
    await person.delete(`/api/tokens/${other}`, { reason: "unused", note: ` ${untidy}\r\n` });
    expect((await person.get("/api/audit?action=token.revoke")).text).toContain(`"note":"${tidy}"`);

    const found = (await person.get(`/api/tokens?q=${encodeURIComponent("CAFE　ｋｅｙ")}`)).body as TokenList;
    expect(found.items.map((token) => token.id)).toContain(id);
  });

  it("cuts nothing off: what is too long is refused, with how long it is", async () => {
    const { errors } = problem.parse((await mint({ label: "x".repeat(118), count: 10 })).body);
    expect(errors).toEqual([
      { path: "label", message: "At most 117 characters, so that the numbers fit: this has 118" },
    ]);
    const answer = await mint({ label: "x", notes: "x".repeat(2_001) });
    expect(problem.parse(answer.body).errors).toEqual([
      { path: "notes", message: "At most 2000 characters: this has 2001" },
    ]);
  });
});
