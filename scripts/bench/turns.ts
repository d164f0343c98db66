import { type DeskProcess, startDeskProcess } from "../../tests/support/desk-process";
import type { DeskAnswer, DeskClient } from "../desk-client";
import type { Figure } from "./figures";
import { openMeter } from "./meter";

/*
 * For how long one request at the largest size that the limits let in keeps everybody else from being answered: the longest
 * turn of the desk's event loop meanwhile, counted in its own process.
 */

const domain = "turns.example";
const people = 3_000;
const holders = 15;
const tokensOfOne = 100;
const longestTurnMs = 20;

/** Runs each request on a desk and a simulator of its own. */
export async function benchTurns(): Promise<Figure[]> {
  const meter = openMeter();
  const desk = await startDeskProcess({
    env: meter.env,
    simulator: {
      seed: {
        users: [
          { key: "boss", userName: `boss@${domain}`, roles: ["MANAGE_USERS"] },
          ...[9_990, 10_000, 10_000].map((prefixed, index) => ({
            key: `large${index}`,
            userName: `large${index}@${domain}`,
            newTokens: { prefixed },
          })),
          { key: "many", userName: `many@${domain}`, newTokens: { prefixed: 1_500 } },
          ...Array.from({ length: people }, (_, index) => ({
            key: `p${index}`,
            userName: `p${index}@${domain}`,
            parent: `boss@${domain}`,
            newTokens: { prefixed: index < holders ? tokensOfOne : 0 },
          })),
        ],
      },
    },
  });
  try {
    /** The longest turn since it was asked last, in milliseconds. */
    const turn = async () => (await meter.read(desk.child.pid ?? 0)).turnMs;
    const figures: Figure[] = [];
    const measure: Measure = async (name, { times = 1, wanted = 200 }, task) => {
      const turns: number[] = [];
      for (let run = 0; run < times; run += 1) {
        await turn();
        const { status, text } = await task(run);
        if (status !== wanted) throw new Error(`${name}: answered ${status}: ${text.slice(0, 300)}`);
        turns.push(await turn());
      }
      // What a collection of garbage adds now and then is not the request's own.
      figures.push({ name, value: Math.min(...turns), unit: "ms", atMost: longestTurnMs });
    };
    await measureAll(desk, measure);
    return figures;
  } finally {
    await desk.stop();
    meter.close();
  }
}

type Measure = (
  name: string,
  options: { times?: number; wanted?: number },
  task: (run: number) => Promise<DeskAnswer>,
) => Promise<void>;

async function measureAll(desk: DeskProcess, measure: Measure): Promise<void> {
  const many = await desk.signedIn("many");
  const hundred = await desk.signedIn("p0");
  // The first of each kind compiles what answers it.
  const kinds = ["/api/tokens", "/tokens", "/api/users", "/api/audit/verify"];
  for (const path of [...kinds, ...kinds]) await many.get(path);
  const large = await Promise.all([0, 1, 2].map((index) => desk.signedIn(`large${index}`)));
  const largest = large[0] as DeskClient;
  await measure("10,000 tokens listed for the first time", { times: 3 }, (run) =>
    (large[run] as DeskClient).get("/api/tokens"),
  );
  await measure("  the same again, cached", { times: 3 }, () => largest.get("/api/tokens"));
  await measure("  the same again, one of them new", { times: 3 }, async () => {
    await desk.portal.addTokens(`large0@${domain}`, { prefixed: 1 });
    await pastCache();
    return largest.get("/api/tokens");
  });
  const { tokens } = await desk.portal.user(`large1@${domain}`);
  await measure("  all of them gone, and back", { times: 4 }, async (run) => {
    if (run % 2 === 0) await desk.portal.removeTokens(tokens);
    else await desk.portal.addTokens(`large1@${domain}`, { values: tokens });
    await pastCache();
    return (large[1] as DeskClient).get("/api/tokens");
  });
  await measure("  searched", { times: 3 }, () => largest.get("/api/tokens?q=aws80"));
  await measure("  the page of them", { times: 3 }, () => largest.get("/tokens"));
  await measure("  a page of 100", { times: 3 }, () => hundred.get("/tokens"));

  for (let index = 0; index < holders; index += 1)
    await (await desk.signedIn(`p${index}`)).get("/api/tokens");
  const boss = await desk.signedIn("boss");
  await measure("a lead of 3,000: people", { times: 3 }, () => boss.get("/api/users"));
  await measure("  their 1,500 tokens", { times: 3 }, () => boss.get("/api/tokens"));
  const led = await idsOf(boss);
  await measure("  revoked at once, three times", { times: 3, wanted: 202 }, () =>
    boss.post("/api/tokens/revoke", { ids: led, reason: "unused" }),
  );
  const ids = (await idsOf(many)).slice(0, 1_500);
  await measure("1,500 own tokens described at once", { times: 3 }, (run) =>
    many.post("/api/tokens/label", { ids, environment: `production ${run}` }),
  );
  await measure("  revoked at once", { wanted: 202 }, () =>
    many.post("/api/tokens/revoke", { ids, reason: "unused" }),
  );
  await measure("the trail of all this, verified", { times: 3 }, () => many.get("/api/audit/verify"));
}

async function idsOf(client: DeskClient): Promise<string[]> {
  const { items } = (await client.get("/api/tokens")).body as { items: { id: string }[] };
  return items.map(({ id }) => id);
}

/** The desk serves a list again for 5 s. */
const pastCache = () => new Promise((wake) => setTimeout(wake, 5_100));
