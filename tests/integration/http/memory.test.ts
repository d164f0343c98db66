import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Meter, openMeter } from "@/scripts/bench/meter";
import { type DeskAnswer, DeskClient } from "@/scripts/desk-client";
import { engines } from "@/tests/support/desk";
import { type DeskProcess, startDeskProcess } from "@/tests/support/desk-process";
import { createDatabase, startPostgres } from "@/tests/support/postgres";

/*
 * Nothing that one request needed outlives it: a desk whose heap may hold no more than 160 MB, after many pages and answers
 * of every kind. In `npm run test:long` as many as a busy week brings.
 */

const { pages, answers, stores } = process.env.TEST_LONG
  ? { pages: 5_000, answers: 20_000, stores: engines }
  : { pages: 300, answers: 1_200, stores: ["sqlite"] as const };
/** By then all is compiled, and what is kept for everybody is there. */
const warm = { pages: 100, answers: 400 };
const heapMb = 160;
const mostGrowth = 10e6;
const atOnce = 8;
const people = Array.from({ length: 40 }, (_, index) => `person${index}`);

const firstToken = async (client: DeskClient): Promise<string> =>
  ((await client.get("/api/tokens")).body as { items: { id: string }[] }).items[0]?.id ?? "";

type Ask = (client: DeskClient, turn: number, token: string) => Promise<DeskAnswer>;
const pageKinds: Ask[] = [
  (client) => client.get("/tokens"),
  (client, turn) => client.get(`/tokens?q=${turn}&status=unclaimed`),
  (client, _turn, token) => client.get(`/tokens/${token}`),
  (client) => client.get("/audit"),
  (client) => client.get("/sessions"),
  ({ baseUrl }) => new DeskClient(baseUrl).get("/sign-in"),
  (client, turn) => client.get(`/nowhere/${turn}`),
];
const answerKinds: Ask[] = [
  (client) => client.get("/api/tokens"),
  (client, turn) => client.get(`/api/tokens?q=${turn}`),
  (client) => client.get("/api/session"),
  (client) => client.get("/api/sessions"),
  (client) => client.get("/api/audit"),
  (client) => client.get("/api/users"),
  (client) => client.get("/api/portals"),
  (client, turn, token) => client.patch(`/api/tokens/${token}`, { label: `name ${turn}` }),
  (client, turn) => client.get(`/api/tokens/tok_${turn}`),
  (client, turn) => client.patch("/api/tokens/tok_0", { label: turn }),
  (client) => client.get("/api/health/ready"),
];

describe.each(stores)("on %s", (engine) => {
  let meter: Meter;
  let desk: DeskProcess;
  let clients: DeskClient[];
  let postgres: Awaited<ReturnType<typeof startPostgres>> | undefined;
  beforeAll(async () => {
    meter = openMeter({ heapMb });
    if (engine === "postgres") postgres = await startPostgres();
    desk = await startDeskProcess({
      env: {
        ...meter.env,
        TOKENDESK_SECRET: randomBytes(32).toString("hex"),
        // What is noted of a request to measure it goes with it, too.
        TOKENDESK_METRICS_TOKEN: randomBytes(32).toString("hex"),
        ...(postgres ? { DATABASE_URL: await createDatabase(postgres.url) } : {}),
      },
      simulator: {
        seed: {
          users: people.map((key, index) => ({
            key,
            userName: `${key}@memory.example`,
            newTokens: { prefixed: 30 },
            ...(index === 0 ? { roles: ["MANAGE_USERS"] } : { parent: "person0@memory.example" }),
          })),
        },
      },
    });
    clients = await Promise.all(people.map((key) => desk.signedIn(key)));
  });
  afterAll(async () => {
    await desk?.stop();
    await postgres?.stop();
    meter?.close();
  });

  it(`${pages} pages and ${answers} answers later the desk holds what it held before`, async () => {
    const tokens = await Promise.all(clients.map(firstToken));
    const refused = new Set<string>();
    const ask = async (kinds: Ask[], count: number) => {
      let turn = 0;
      const askOn = async () => {
        while (turn < count) {
          const mine = turn++;
          const kind = kinds[mine % kinds.length] as Ask;
          const who = mine % clients.length;
          const { status } = await kind(clients[who] as DeskClient, mine, tokens[who] as string);
          // What was not rendered, or not done, proves nothing.
          if (status === 429 || status >= 500) refused.add(`${kind} ${status}`);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, askOn));
    };
    const heap = async () => (await meter.read(desk.child.pid ?? 0)).heapUsed;

    await Promise.all([ask(pageKinds, warm.pages), ask(answerKinds, warm.answers)]);
    const before = await heap();
    await Promise.all([ask(pageKinds, pages), ask(answerKinds, answers)]);
    const after = await heap();
    expect(desk.child.exitCode).toBeNull();
    expect([...refused]).toEqual([]);
    expect(after - before, `from ${before} to ${after} bytes`).toBeLessThan(mostGrowth);
  }, 900_000);
});
