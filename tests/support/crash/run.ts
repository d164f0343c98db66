import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { type Clock, minutes, systemClock } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { readEnv } from "@/lib/server/env";
import { log } from "@/lib/server/log";
import { closeDesk, type Desk, openDesk } from "@/lib/server/services/desk";
import { driveDueRevocations, lookForDueMints, resumeMints } from "@/lib/server/services/operations/resume";
import { loadSession } from "@/lib/server/services/sessions/load";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { listTokens } from "@/lib/server/services/tokens/list";
import { type ControlClient, createControlClient } from "@/lib/simulator/control-client";
import { type Simulator, startSimulator } from "@/lib/simulator/start";
import { DeskClient } from "../../../scripts/desk-client";
import { runDesk, untilReady } from "../desk-process";
import { freePort } from "../free-port";
import { comeToRest, type Story, violations } from "../invariants";
import { createPerson, type Person } from "./load";
import { createRandom, randomFault } from "./random";

export type CrashOptions = {
  rounds: number;
  seed: number;
  /** A fresh, empty PostgreSQL database; without one, a SQLite file. */
  databaseUrl?: string;
};

/** What speaks against the invariants, and how many tokens were minted. */
export type CrashResult = { found: string[]; minted: number };

const callsPerMinute = 240;
const people = ["apiCrm", "apiDialer", "apiReports"];

/**
 * Kills the built desk at random moments under a load of mints, revocations and copies, with a portal that fails at
 * random; then lets a last desk bring everything to its end and compares portal, store and audit trail.
 */
export async function runCrashTest({ rounds, seed, databaseUrl }: CrashOptions): Promise<CrashResult> {
  const random = createRandom(seed);
  const dataDir = mkdtempSync(join(tmpdir(), "tokendesk-crash-"));
  const simulator = await startSimulator();
  const portal = createControlClient(simulator.controlUrl);
  const port = await freePort();
  const settings = {
    PORT: String(port),
    TOKENDESK_DATA: dataDir,
    TOKENDESK_SECRET: randomBytes(32).toString("base64url"),
    TOKENDESK_PORTAL_CALLS_PER_MINUTE: String(callsPerMinute),
    PORTALS: JSON.stringify([{ id: "sim", name: "Simulator", baseUrl: simulator.baseUrl }]),
    ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
  };
  const baseUrl = `http://127.0.0.1:${port}`;
  const workers = people.map((key) => {
    const { userName, password } = simulator.seed.user(key);
    const client = new DeskClient(baseUrl);
    const enter = () => client.signIn({ portal: "sim", username: userName, password });
    return createPerson(client, enter, random);
  });
  const story = beginStory(simulator);
  const found: string[] = [];
  try {
    let seen = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const { child, output } = runDesk(settings);
      const ended = once(child, "close");
      await untilReady(baseUrl, child, output);
      for (let i = random.between(0, 4); i > 0; i -= 1) await portal.addFault(randomFault(random));
      const livedMs = random.between(50, 1500);
      const shift = new AbortController();
      const working = workers.map((worker) => worker.work(shift.signal));
      await wait(livedMs);
      await untilAnswered(workers, random.between(0, 25));
      child.kill("SIGKILL");
      await ended;
      shift.abort();
      await Promise.all(working);
      story.output += output();
      const calls = await portal.calls({ since: seen });
      seen = calls.at(-1)?.seq ?? seen;
      if (calls.length > callsPerMinute) found.push(`I8 ${calls.length} calls within one run of the desk`);
      await noteSecrets(portal, story);
    }
    await portal.clearFaults();
    await noteCalls(portal, story, workers);
    const clock = createLaterClock();
    log().level = "silent";
    const desk = await openDesk(readEnv({ NODE_ENV: "test", ...settings }), clock);
    try {
      await settle(desk, clock, simulator);
      found.push(
        ...(await violations(desk, portal, story)),
        ...workers.flatMap(({ complaints }) => complaints),
      );
    } finally {
      await closeDesk(desk);
    }
  } finally {
    await simulator.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  const minted = workers.reduce((sum, worker) => sum + worker.minted, 0);
  return { found, minted };
}

/** On a busy machine a desk gets little done in its time: some die in the middle of work all the same. */
async function untilAnswered(workers: Person[], count: number): Promise<void> {
  const answered = () => workers.reduce((sum, worker) => sum + worker.answered, 0);
  const enough = answered() + count;
  for (let waited = 0; answered() < enough && waited < 5_000; waited += 10) await wait(10);
}

type CrashStory = Story & { output: string };

function beginStory({ seed }: Simulator): CrashStory {
  return {
    portalId: "sim",
    foreign: new Set(seed.users.flatMap(({ tokens }) => tokens)),
    secrets: new Set(seed.users.flatMap(({ password, tokens }) => [password, ...tokens])),
    mintCalls: 0,
    deleteTargets: new Set(),
    copied: [],
    output: "",
  };
}

async function noteSecrets(portal: ControlClient, { secrets }: Story): Promise<void> {
  const { users } = await portal.state();
  for (const { tokens, authTokens } of users)
    for (const value of [...tokens, ...authTokens.map((authToken) => authToken.value)]) secrets.add(value);
}

async function noteCalls(portal: ControlClient, story: CrashStory, workers: Person[]): Promise<void> {
  const calls = await portal.calls();
  story.mintCalls = calls.filter(({ endpoint }) => endpoint === "mint").length;
  for (const { endpoint, target } of calls)
    if (endpoint === "revoke" && target) story.deleteTargets.add(target);
  story.copied = workers.flatMap(({ copied }) => copied);
}

/** The machine's clock, moved on by a test that cannot wait. */
function createLaterClock(): Clock & { pass(ms: number): void } {
  let passed = 0;
  return {
    now: () => Date.now() + passed,
    monotonic: () => performance.now() + passed,
    sleep: systemClock.sleep,
    pass(ms) {
      passed += ms;
    },
  };
}

/** Everybody signs in once more, and the desk takes up whatever the killed ones left behind. */
async function settle(desk: Desk, clock: ReturnType<typeof createLaterClock>, { seed }: Simulator) {
  const from = { requestId: newId("req"), ip: "192.0.2.1", userAgent: "crash" };
  const signedIn = await Promise.all(
    people.map(async (key) => {
      const { userName, password } = seed.user(key);
      const { sid } = await signIn({ desk, from }, { portal: "sim", username: userName, password });
      const session = await loadSession(desk, sid, true);
      if (!session) throw new Error("the session has ended");
      return { desk, from, session };
    }),
  );
  await resumeMints(desk);
  await comeToRest(desk, async () => {
    clock.pass(minutes(1));
    await driveDueRevocations(desk);
    await lookForDueMints(desk);
  });
  clock.pass(minutes(1));
  for (const ctx of signedIn) await listTokens(ctx, {});
}
