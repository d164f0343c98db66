import type { DeskProcess } from "@/tests/support/desk-process";
import type { DeskAnswer, DeskClient } from "../../../scripts/desk-client";
import { addPerson, type Person } from "../../e2e/support/people";
import { connectionOf } from "./stage";

/*
 * What the desk asks a portal, and what makes it ask. Each is asked by somebody new, so that nothing is answered out of
 * what was learned before, and each begins with a call that is answered: a portal that leaves five in a row without an
 * answer is left alone for a while.
 */

export type Asking = {
  name: string;
  /** The portal's call, as `METHOD /path`. */
  call: RegExp;
  /** What has to go well first; what it returns makes the desk ask. */
  prepare(desk: DeskProcess): Promise<() => Promise<DeskAnswer>>;
};

type Somebody = { client: DeskClient; person: Person; connectionId: string };

async function somebody(desk: DeskProcess, roles = ["USER"]): Promise<Somebody> {
  const person = await addPerson(desk, { roles, tokens: { prefixed: 1 } });
  const client = desk.visitor();
  const { userName: username, password } = person;
  const { status } = await client.signIn({ portal: "sim", username, password });
  if (status !== 200) throw new Error(`signing in was answered ${status}`);
  return { client, person, connectionId: await connectionOf(client) };
}

let keys = 0;
function mintAs({ client, connectionId }: Somebody): Promise<DeskAnswer> {
  keys += 1;
  return client.post("/api/tokens", { connectionId, label: "New" }, { "Idempotency-Key": `hostile-${keys}` });
}

async function mintedBy(one: Somebody): Promise<string> {
  const { items } = (await mintAs(one)).body as { items: [{ id: string }] };
  return items[0].id;
}

export const askings: Asking[] = [
  {
    name: "signing in",
    call: /^POST .*\/auth\/login/,
    async prepare(desk) {
      await somebody(desk);
      const { userName: username, password } = await addPerson(desk);
      return () => desk.visitor().signIn({ portal: "sim", username, password });
    },
  },
  {
    name: "signing in with a token",
    call: /^GET .*\/admin\/auth/,
    async prepare(desk) {
      await somebody(desk);
      const { tokens } = await addPerson(desk, { tokens: { prefixed: 1 } });
      return () => desk.visitor().signIn({ portal: "sim", apiToken: tokens[0] ?? "" });
    },
  },
  {
    name: "the list",
    call: /^GET .*\/admin\/token/,
    async prepare(desk) {
      const { client } = await somebody(desk);
      return () => client.get("/api/tokens?status=all");
    },
  },
  {
    name: "the list before a mint",
    call: /^GET .*\/admin\/token/,
    async prepare(desk) {
      const one = await somebody(desk);
      return () => mintAs(one);
    },
  },
  {
    name: "a mint",
    call: /^POST .*\/admin\/token/,
    async prepare(desk) {
      const one = await somebody(desk);
      return () => mintAs(one);
    },
  },
  {
    name: "a revocation",
    call: /^DELETE .*\/admin\/token/,
    async prepare(desk) {
      const one = await somebody(desk);
      const id = await mintedBy(one);
      return () => one.client.delete(`/api/tokens/${id}`, { reason: "other" });
    },
  },
  {
    name: "the list after a revocation",
    call: /^GET .*\/admin\/token/,
    async prepare(desk) {
      const one = await somebody(desk);
      const id = await mintedBy(one);
      return () => one.client.delete(`/api/tokens/${id}`, { reason: "other" });
    },
  },
  {
    name: "the users",
    call: /^GET .*\/admin\/users/,
    async prepare(desk) {
      const { client } = await somebody(desk, ["USER", "MANAGE_USERS"]);
      return () => client.get("/api/users");
    },
  },
  {
    name: "a check",
    call: /^GET .*\/admin\/users/,
    async prepare(desk) {
      const one = await somebody(desk);
      const id = await mintedBy(one);
      return () => one.client.post(`/api/tokens/${id}/check`);
    },
  },
  {
    name: "a copy",
    call: /^GET .*\/admin\/token/,
    async prepare(desk) {
      const one = await somebody(desk);
      const id = await mintedBy(one);
      return () => one.client.post(`/api/tokens/${id}/copy`, {});
    },
  },
];
