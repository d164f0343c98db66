import { randomUUID } from "node:crypto";
import type { DeskClient } from "../desk-client";
import { duration, type Figure, median, quantile } from "./figures";
import { memoryMb } from "./memory";

/*
 * Many people at once, for as long as given: mostly lists, now and then everything else. Each person has a session of
 * their own, so that the desk's limits for one session are never met.
 */

const atOnce = 8;

type Task = { name: string; share: number; run: (client: DeskClient) => Promise<{ status: number }> };

const tasks: Task[] = [
  { name: "list", share: 50, run: (client) => client.get("/api/tokens") },
  { name: "bare", share: 20, run: (client) => client.get("/api/health/live") },
  { name: "session", share: 10, run: (client) => client.get("/api/session") },
  { name: "page", share: 8, run: (client) => client.get("/tokens") },
  { name: "name", share: 6, run: nameOne },
  { name: "check", share: 3, run: checkOne },
  { name: "mint and revoke", share: 3, run: mintAndRevoke },
];

/** Every task's index as often as its share, spread evenly. */
const turns = tasks
  .flatMap((task, index) =>
    Array.from({ length: task.share }, (_, at) => ({ index, place: (at + 0.5) / task.share })),
  )
  .sort((a, b) => a.place - b.place)
  .map(({ index }) => index);

/**
 * Runs the mixed load and gives its figures.
 * @param clients signed in, each as somebody with a hundred tokens.
 */
export async function benchSoak(pid: number, clients: DeskClient[], seconds: number): Promise<Figure[]> {
  const taken = new Map<string, number[]>(tasks.map(({ name }) => [name, []]));
  let errors = 0;
  let turn = 0;
  const load = (until: number) =>
    Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (performance.now() < until) {
          const task = tasks[turns[turn % turns.length] ?? 0] as Task;
          const client = clients[turn % clients.length] as DeskClient;
          turn += 1;
          let status = 0;
          const ms = await duration(async () => {
            status = (await task.run(client).catch(() => ({ status: 0 }))).status;
          });
          taken.get(task.name)?.push(ms);
          if (status < 200 || status > 299) errors += 1;
        }
      }),
    );

  const started = performance.now();
  await load(started + seconds * 300);
  const before = memoryMb(pid);
  await load(started + seconds * 1_000);
  const after = memoryMb(pid);

  const of = (name: string) => taken.get(name) ?? [];
  return [
    { name: `mixed load, ${seconds} s, ${atOnce} at once: requests`, value: turn, unit: "" },
    { name: "  errors", value: errors, unit: "", atMost: 0 },
    { name: "  cached list of 100, median", value: median(of("list")), unit: "ms" },
    { name: "  cached list of 100, 99 of 100", value: quantile(of("list"), 0.99), unit: "ms" },
    { name: "  bare route handler, median", value: median(of("bare")), unit: "ms" },
    { name: "  bare route handler, 99 of 100", value: quantile(of("bare"), 0.99), unit: "ms" },
    { name: "  memory after the first third", value: before, unit: "MB" },
    { name: "  memory at the end", value: after, unit: "MB", atMost: Math.ceil(before * 1.1) },
    ...(await throughput(clients)),
  ];
}

/** How many lists a second beside how many bare answers, in turns. */
async function throughput(clients: DeskClient[]): Promise<Figure[]> {
  const counted = { "/api/tokens": 0, "/api/health/live": 0 };
  const sliceMs = 1_000;
  for (let round = 0; round < 6; round += 1)
    for (const path of ["/api/tokens", "/api/health/live"] as const) {
      const until = performance.now() + sliceMs;
      let turn = 0;
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          while (performance.now() < until) {
            turn += 1;
            await clients[turn % clients.length]?.get(path);
            counted[path] += 1;
          }
        }),
      );
    }
  const perSecond = (path: keyof typeof counted) => counted[path] / (6 * (sliceMs / 1_000));
  const share = (100 * counted["/api/tokens"]) / counted["/api/health/live"];
  return [
    { name: "cached lists of 100 a second", value: perSecond("/api/tokens"), unit: "" },
    { name: "  bare answers a second", value: perSecond("/api/health/live"), unit: "" },
    { name: "  lists in the time of 100 bare answers", value: share, unit: "", atLeast: 50 },
  ];
}

type Listed = { items: { id: string }[] };

async function someToken(client: DeskClient): Promise<string> {
  const { items } = (await client.get("/api/tokens")).body as Listed;
  return items[Math.floor(Math.random() * items.length)]?.id ?? "";
}

async function nameOne(client: DeskClient) {
  return client.patch(`/api/tokens/${await someToken(client)}`, { label: `soak ${Date.now()}` });
}

async function checkOne(client: DeskClient) {
  return client.post(`/api/tokens/${await someToken(client)}/check`, {});
}

async function mintAndRevoke(client: DeskClient) {
  const session = (await client.get("/api/session")).body as { connections: { id: string }[] };
  const minted = await client.post(
    "/api/tokens",
    { connectionId: session.connections[0]?.id, label: "soak" },
    { "Idempotency-Key": randomUUID() },
  );
  const [token] = (minted.body as Partial<Listed>).items ?? [];
  if (!token) return minted;
  return client.delete(`/api/tokens/${token.id}`, { reason: "unused" });
}
