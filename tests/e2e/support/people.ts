import type { NewTokens } from "@/lib/simulator/control-contract";
import type { DeskClient } from "../../../scripts/desk-client";
import type { DeskProcess } from "../../support/desk-process";

/** A portal user of one test's own, with everything that proves them. */
export type Person = {
  userName: string;
  password: string;
  tokens: string[];
};

export type NewPerson = {
  /** The beginning of the user name. */
  name?: string;
  firstName?: string;
  lastName?: string;
  roles?: string[];
  /** The user right above. */
  parent?: Person;
  tokens?: Partial<NewTokens>;
};

export const leadRoles = ["USER", "MANAGE_USERS"];

let count = 0;

/** Makes a portal user that no other test knows, so that tests do not meet. */
export async function addPerson(desk: DeskProcess, input: NewPerson = {}): Promise<Person> {
  count += 1;
  const { userName, password } = await desk.portal.addUser({
    userName: `${input.name ?? "api-user"}-${process.pid}-${count}@e2e.example`,
    firstName: input.firstName ?? "",
    lastName: input.lastName ?? "",
    roles: input.roles ?? ["USER"],
    parent: input.parent?.userName,
  });
  const tokens = input.tokens ? await desk.portal.addTokens(userName, input.tokens) : [];
  return { userName, password, tokens };
}

/** The same person without a browser, for what a test begins with. */
export async function apiAs(desk: DeskProcess, person: Person): Promise<DeskClient> {
  const client = desk.visitor();
  const { userName: username, password } = person;
  const answer = await client.signIn({ portal: "sim", username, password });
  if (answer.status !== 200) throw new Error(`signing in was answered ${answer.status}`);
  return client;
}

export type MintedToken = { id: string; label: string; hint: string };
type Metadata = Record<string, unknown>;

/** Mints tokens for a person, under these names. */
export async function mintFor(
  desk: DeskProcess,
  person: Person,
  labels: string[],
  metadata: Metadata = {},
): Promise<MintedToken[]> {
  const client = await apiAs(desk, person);
  const session = (await client.get("/api/session")).body as { connections: [{ id: string }] };
  const connectionId = session.connections[0].id;
  const minted: MintedToken[] = [];
  for (const label of labels) {
    const key = `${person.userName} ${label}`.replace(/[^\w-]/g, "-");
    const input = { connectionId, label, ...metadata };
    const answer = await client.post("/api/tokens", input, { "Idempotency-Key": key });
    if (answer.status !== 201) throw new Error(`minting was answered ${answer.status}: ${answer.text}`);
    const { items } = answer.body as { items: [MintedToken] };
    minted.push(items[0]);
  }
  return minted;
}
