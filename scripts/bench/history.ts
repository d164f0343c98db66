import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DeskProcess, startDeskProcess } from "../../tests/support/desk-process";
import { historyPeople, seedHistory } from "../../tests/support/history";
import { startPostgres } from "../../tests/support/postgres";
import type { DeskClient } from "../desk-client";
import { duration, durations, type Figure, median, quantile } from "./figures";
import { memoryMb } from "./memory";
import { openMeter } from "./meter";

/*
 * What a long history costs: pages of the trail for whoever asks and however filtered, the start, and what others notice
 * while the trail is verified or exported. On each engine, on a store of its own.
 */

const longestPageMs = 20;
const longestDelayMs = 50;
const longestDelayOfStartMs = 500;
const mostHeapMb = 10;

/** A store with so many entries on an engine. */
export async function benchHistory(engine: "sqlite" | "postgres", entries: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-history-"));
  const postgres = engine === "postgres" ? await startPostgres() : undefined;
  const people = historyPeople();
  const meter = openMeter();
  const env = {
    TOKENDESK_DATA: folder,
    TOKENDESK_SECRET: randomBytes(32).toString("base64url"),
    ...(postgres ? { DATABASE_URL: postgres.url } : {}),
  };
  const [robot, lead, admin, person] = people.map(({ userName }) => userName);
  const users = people.map(({ userId, userName }, index) => ({
    key: userName,
    userId: Number(userId),
    userName,
    roles: index === 1 ? ["MANAGE_USERS"] : [],
    parent: index > 1 ? lead : undefined,
    newTokens: { prefixed: index < 4 ? 20 : 0 },
  }));
  const start = async () => {
    let desk: DeskProcess | undefined;
    const ms = await duration(async () => {
      desk = await startDeskProcess({
        env: { ...env, ...meter.env, TOKENDESK_ADMINS: `sim:${admin}` },
        simulator: { seed: { users } },
      });
    });
    return { ms, desk: desk as DeskProcess };
  };
  try {
    const figures: Figure[] = [];
    const empty = await start();
    await empty.desk.stop();
    await seedHistory({ ...env, people, entries, checkpoints: entries });
    const { ms, desk } = await start();
    try {
      figures.push({
        name: `${engine}, ${entries.toLocaleString("en")} entries: start, over an empty store's`,
        value: ms - empty.ms,
        unit: "ms",
        atMost: longestDelayOfStartMs,
      });
      const pid = desk.child.pid ?? 0;
      const clients: Record<string, DeskClient> = {};
      for (const [role, userName] of Object.entries({ admin, person, robot, lead }))
        clients[role] = await desk.signedIn(userName ?? "");
      const { admin: overseer, person: visitor } = clients as { admin: DeskClient; person: DeskClient };
      const first = await duration(() => verified(overseer));
      figures.push({ name: "  the first verification, from its start", value: first / 1_000, unit: "s" });
      for (const [role, client] of Object.entries(clients))
        figures.push(await slowestPage(role, client, people));
      const rest = {
        "the robot's list of tokens": () => (clients.robot as DeskClient).get("/api/tokens"),
        "everybody's sessions": () => overseer.get("/api/sessions"),
        "a sign-in": () => desk.signedIn(person ?? ""),
      };
      for (const [what, ask] of Object.entries(rest))
        figures.push({ name: `  ${what}, median`, value: median(await durations(9, ask)), unit: "ms" });
      const heap = async () => (await meter.read(pid)).heapUsed / 1e6;
      const before = { heap: await heap(), resident: memoryMb(pid) };
      const quiet = await others(overseer, visitor, () => new Promise((wake) => setTimeout(wake, 5_000)));
      for (const [what, task] of Object.entries({
        verified: () => verified(overseer),
        exported: () => exported(desk, overseer),
      })) {
        let ms = 0;
        const busy = await others(overseer, visitor, async () => {
          ms = await duration(task);
        });
        figures.push(
          { name: `  until the trail is ${what}`, value: ms / 1_000, unit: "s" },
          {
            name: "    others meanwhile, median over otherwise",
            value: median(busy) - median(quiet),
            unit: "ms",
            atMost: longestDelayMs,
          },
          {
            name: "    the slowest hundredth, over otherwise",
            value: quantile(busy, 0.99) - quantile(quiet, 0.99),
            unit: "ms",
            atMost: longestDelayMs,
          },
        );
      }
      figures.push(
        {
          name: "  live heap after that, over before",
          value: (await heap()) - before.heap,
          unit: "MB",
          atMost: mostHeapMb,
        },
        { name: "  memory after that, over before", value: memoryMb(pid) - before.resident, unit: "MB" },
      );
    } finally {
      await desk.stop();
    }
    return figures;
  } finally {
    await postgres?.stop();
    meter.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Until there is a verification that came to its end after this was asked. */
async function verified(client: DeskClient): Promise<void> {
  const asked = Date.now();
  for (;;) {
    const { status, body } = await client.get("/api/audit/verify");
    const { ok, checkedAt } = body as { ok?: boolean; checkedAt?: string };
    if (status === 200 && !ok) throw new Error("the trail does not verify");
    if (checkedAt && Date.parse(checkedAt) > asked) return;
    await new Promise((wake) => setTimeout(wake, 500));
  }
}

/** Until the whole trail has been read as a file, by whoever reads as fast as it comes. */
async function exported({ baseUrl }: DeskProcess, client: DeskClient): Promise<void> {
  const { body } = await fetch(`${baseUrl}/api/audit/export?format=jsonl`, {
    headers: { Cookie: client.cookieHeader() },
  });
  for await (const _ of body ?? []);
}

/** What others wait for an answer while a task runs, in milliseconds each. */
async function others(
  overseer: DeskClient,
  visitor: DeskClient,
  task: () => Promise<unknown>,
): Promise<number[]> {
  const taken: number[] = [];
  let over = false;
  const done = task().finally(() => {
    over = true;
  });
  while (!over)
    for (const ask of [
      () => visitor.get("/api/tokens"),
      () => visitor.get("/api/audit"),
      () => visitor.get("/api/session"),
      () => overseer.get("/api/sessions"),
    ])
      taken.push(await duration(ask));
  await done;
  return taken;
}

/** The filter of all that can be asked for which a page takes longest, by the median of its time. */
async function slowestPage(
  role: string,
  client: DeskClient,
  [robot, lead]: { userName: string }[],
): Promise<Figure> {
  const day = 86_400_000;
  const ago = (days: number) => encodeURIComponent(new Date(Date.now() - days * day).toISOString());
  const when = ["", `from=${ago(1)}`, `to=${ago(180)}`, `from=${ago(200)}&to=${ago(190)}`, "cursor=1000"];
  const who = ["", `actor=${robot?.userName}`, `actor=${lead?.userName}`, "actor=Tokendesk"];
  const what = ["", "action=token.label", "action=token.unseal"];
  const all = when.flatMap((a) => who.flatMap((b) => what.map((c) => [a, b, c].filter(Boolean).join("&"))));
  let slowest = { ms: 0, query: "" };
  for (const query of all) {
    const ask = async () => {
      const { status } = await client.get(`/api/audit?${query}`);
      if (status !== 200) throw new Error(`a page of the trail was answered ${status}`);
    };
    await ask();
    const ms = median(await durations(5, ask));
    if (ms > slowest.ms) slowest = { ms, query };
  }
  const asked = decodeURIComponent(slowest.query).replace(/T\d\d:[^&]*/g, "");
  return {
    name: `  a page, the ${role}'s slowest of ${all.length} filters (${asked || "none"})`,
    value: slowest.ms,
    unit: "ms",
    atMost: longestPageMs,
  };
}
