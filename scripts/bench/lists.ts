import { createControlClient } from "@/lib/simulator/control-client";
import type { Simulator } from "@/lib/simulator/start";
import type { DeskClient } from "../desk-client";
import { duration, durations, type Figure, median } from "./figures";

const portalDelayMs = 50;

/**
 * The desk's list beside the same call straight to the portal, in turns, so that both meet the same machine. Each is
 * timed to the last byte over a connection that is open.
 * @param client signed in as `userName`, whose token `credential` is.
 */
export async function benchLists(
  simulator: Simulator,
  small: { client: DeskClient; credential: string },
  large: { client: DeskClient; userName: string; credential: string },
): Promise<Figure[]> {
  const control = createControlClient(simulator.controlUrl);
  await control.setOptions({ latencyMs: portalDelayMs });
  const straight = async (credential: string) => {
    const response = await fetch(`${simulator.baseUrl}/v1/admin/token`, {
      headers: { "X-Auth-Token": credential },
    });
    await response.arrayBuffer();
  };
  const figures: Figure[] = [];

  await small.client.get("/api/tokens");
  const over: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    await straight(small.credential);
    const portal = await duration(() => straight(small.credential));
    await pastCache();
    await small.client.get("/api/health/live");
    bare.push(await duration(() => small.client.get("/api/health/live")));
    over.push((await duration(() => small.client.get("/api/tokens"))) - portal);
  }
  figures.push(
    { name: "100 tokens: over the portal's own 50 ms, median", value: median(over), unit: "ms", atMost: 10 },
    { name: "  a bare route handler of the same build, median", value: median(bare), unit: "ms" },
  );
  const cachedSmall = median(await durations(20, () => small.client.get("/api/tokens")));
  figures.push({ name: "  100 tokens, the portal's list cached, median", value: cachedSmall, unit: "ms" });

  await large.client.get("/api/tokens");
  const uncached: number[] = [];
  const changed: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    await straight(large.credential);
    const portal = await duration(() => straight(large.credential));
    const isChanged = round % 2 === 1;
    if (isChanged) await control.addTokens(large.userName, { prefixed: 1 });
    await pastCache();
    await large.client.get("/api/health/live");
    const desk = await duration(() => large.client.get("/api/tokens"));
    (isChanged ? changed : uncached).push(desk - portal);
  }
  const cached = median(await durations(15, () => large.client.get("/api/tokens")));
  figures.push(
    {
      name: "10,000 tokens: over the portal, uncached, median",
      value: median(uncached),
      unit: "ms",
      atMost: 250,
    },
    {
      name: "  10,000 tokens: the same, one of them new, median",
      value: median(changed),
      unit: "ms",
    },
    { name: "10,000 tokens: cached, median", value: cached, unit: "ms", atMost: 60 },
  );
  await control.setOptions({ latencyMs: 0 });
  return figures;
}

/** The desk serves a list again for 5 s. */
const pastCache = () => new Promise((resolve) => setTimeout(resolve, 5_100));

/** Portal calls for many viewers at once: two people on one owner's tokens, pages and API mixed. */
export async function benchViewers(
  simulator: Simulator,
  clients: [DeskClient, DeskClient],
): Promise<Figure[]> {
  const control = createControlClient(simulator.controlUrl);
  await Promise.all(clients.map((client) => client.get("/api/tokens")));
  await pastCache();
  await control.setOptions({ latencyMs: portalDelayMs });
  await control.clearCalls();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const client = clients[index % 2 === 0 ? 0 : 1];
      return client.get(index % 4 < 2 ? "/api/tokens" : "/tokens");
    }),
  );
  const failed = answers.filter(({ status }) => status !== 200).length;
  if (failed > 0) throw new Error(`${failed} of 20 viewers got no answer`);
  const calls = await control.calls({ endpoint: "list" });
  await control.setOptions({ latencyMs: 0 });
  return [
    {
      name: "portal calls for 20 viewers, two people, pages and API",
      value: calls.length,
      unit: "calls",
      atMost: 1,
    },
  ];
}
