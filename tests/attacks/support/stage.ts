import { randomBytes } from "node:crypto";
import { type DeskProcess, type DeskProcessOptions, startDeskProcess } from "@/tests/support/desk-process";
import type { DeskClient } from "../../../scripts/desk-client";

/*
 * The people of the attacks: somebody who owns tokens, and everybody who might want them. The desk admin has no rights
 * at the portal, so that what belongs to one of the two offices shows.
 */

export const roles = ["anonymous", "owner", "other", "lead", "otherLead", "admin"] as const;
export type Role = (typeof roles)[number];

const users = {
  owner: "apiCrm",
  other: "ann",
  lead: "leadSales",
  otherLead: "leadSupport",
  admin: "ben",
} as const;

/** What a scrape of the stage's desk brings along. */
export const metricsToken = randomBytes(32).toString("base64url");

/** A token of the owner's, and the operation that made it. */
export type Booty = { id: string; value: string; operationId: string };

export type Stage = {
  desk: DeskProcess;
  people: Record<Role, DeskClient>;
  /** The owner's connection, in the session of `people.owner`. */
  connectionId: string;
  /** The row of that session. */
  sessionId: string;
  ownerName: string;
  ownerPassword: string;
  /** The role in a session of its own, which may be ended. */
  fresh(role: Role): Promise<DeskClient>;
  /** Mints a token for the owner. */
  mint(label?: string): Promise<Booty>;
};

/** The id of the first connection of whoever is signed in. */
export async function connectionOf(client: DeskClient): Promise<string> {
  const { connections } = (await client.get("/api/session")).body as { connections: [{ id: string }] };
  return connections[0].id;
}

/** The row of the session of whoever is signed in. */
export async function sessionOf(client: DeskClient): Promise<string> {
  const { items } = (await client.get("/api/sessions")).body as { items: { id: string; current: boolean }[] };
  return items.find(({ current }) => current)?.id ?? "";
}

export async function setStage(options: DeskProcessOptions = {}): Promise<Stage> {
  const desk = await startDeskProcess({
    ...options,
    env: {
      TOKENDESK_ADMINS: "sim:ben@demo.example",
      TOKENDESK_METRICS_TOKEN: metricsToken,
      ...options.env,
    },
  });
  const fresh = async (role: Role) =>
    role === "anonymous" ? desk.visitor() : await desk.signedIn(users[role]);
  const people = {} as Record<Role, DeskClient>;
  for (const role of roles) people[role] = await fresh(role);
  const { userName: ownerName, password: ownerPassword } = desk.simulator.seed.user(users.owner);
  const connectionId = await connectionOf(people.owner);
  const sessionId = await sessionOf(people.owner);
  let minted = 0;
  return {
    desk,
    people,
    connectionId,
    sessionId,
    ownerName,
    ownerPassword,
    fresh,
    async mint(label = "Wanted") {
      minted += 1;
      const key = { "Idempotency-Key": `booty-number-${minted}` };
      const answer = await people.owner.post("/api/tokens", { connectionId, label }, key);
      const { operationId, items } = answer.body as { operationId: string; items: [{ id: string }] };
      const value = (await desk.portal.user(ownerName)).tokens.at(-1) ?? "";
      return { id: items[0].id, value, operationId };
    },
  };
}
