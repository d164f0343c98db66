import { randomUUID } from "node:crypto";
import type { DeskAnswer, DeskClient } from "../desk-client";
import { duration, type Figure, median, quantile } from "./figures";
import type { Meter } from "./meter";

/*
 * Many people at once, for as long as given: mostly lists, now and then everything else. Each person has a session of
 * their own, and every kind of request goes round all of them, so that nobody meets a person's limit.
 */

const atOnce = 8;
/** By so much the live heap may differ and still be called flat. */
const flatMb = 10;

type Task = { name: string; share: number; run: (client: DeskClient) => Promise<DeskAnswer> };

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
export async function benchSoak(
  { meter, pid }: { meter: Meter; pid: number },
  clients: DeskClient[],
  seconds: number,
): Promise<Figure[]> {
  const liveHeapMb = async () => (await meter.read(pid)).heapUsed / 1e6;
  const taken = new Map<string, number[]>(tasks.map(({ name }) => [name, []]));
  /** How many of each, "check: too_many_requests". */
  const errors = new Map<string, number>();
  let turn = 0;
  const load = (until: number) =>
    Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (performance.now() < until) {
          const task = tasks[turns[turn % turns.length] ?? 0] as Task;
          const times = taken.get(task.name) ?? [];
          const client = clients[times.length % clients.length] as DeskClient;
          const place = times.push(0) - 1;
          turn += 1;
          let answer: DeskAnswer | undefined;
          times[place] = await duration(async () => {
            answer = await task.run(client).catch(() => undefined);
          });
          const code = answer ? errorOf(answer) : "no answer";
          if (code) errors.set(`${task.name}: ${code}`, (errors.get(`${task.name}: ${code}`) ?? 0) + 1);
        }
      }),
    );

  const started = performance.now();
  await load(started + seconds * 300);
  const before = await liveHeapMb();
  await load(started + seconds * 1_000);
  const after = await liveHeapMb();

  const of = (name: string) => taken.get(name) ?? [];
  return [
    { name: `mixed load, ${seconds} s, ${atOnce} at once: requests`, value: turn, unit: "" },
    {
      name: "  errors",
      value: [...errors.values()].reduce((sum, count) => sum + count, 0),
      unit: "",
      atMost: 0,
    },
    ...[...errors].map(([kind, count]) => ({ name: `    ${kind}`, value: count, unit: "" })),
    { name: "  cached list of 100, median", value: median(of("list")), unit: "ms" },
    { name: "  cached list of 100, 99 of 100", value: quantile(of("list"), 0.99), unit: "ms" },
    { name: "  bare route handler, median", value: median(of("bare")), unit: "ms" },
    { name: "  bare route handler, 99 of 100", value: quantile(of("bare"), 0.99), unit: "ms" },
    { name: "  live heap after the first third", value: before, unit: "MB" },
    { name: "  live heap at the end", value: after, unit: "MB", atMost: before + flatMb },
    ...(await throughput(clients)),
  ];
}

/** The problem's code, or the status where that is no problem of ours; undefined where all is well. */
function errorOf({ status, body }: DeskAnswer): string | undefined {
  if (status >= 200 && status <= 299) return undefined;
  const { code } = (body ?? {}) as { code?: string };
  return code ?? String(status);
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
