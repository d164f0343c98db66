import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { type Clock, systemClock } from "@/lib/server/clock";
import { newId } from "@/lib/server/crypto";
import { type Env, readEnv } from "@/lib/server/env";
import type { DeskContext, SessionContext } from "@/lib/server/services/context";
import { closeDesk, type Desk, openDesk } from "@/lib/server/services/desk";
import { loadSession } from "@/lib/server/services/sessions/load";
import { signIn } from "@/lib/server/services/sessions/sign-in";
import { type ControlClient, createControlClient } from "@/lib/simulator/control-client";
import { type Simulator, type SimulatorOptions, startSimulator } from "@/lib/simulator/start";
import { createDatabase } from "./postgres";

/** The engines that everything about the store is tested on. */
export const engines = ["sqlite", "postgres"] as const;
export type Engine = (typeof engines)[number];

/** A desk on a real store beside a real simulator, without HTTP of its own in between. */
export type TestDesk = {
  desk: Desk;
  env: Env;
  simulator: Simulator;
  portal: ControlClient;
  /** What a request that is not signed in comes with. */
  visitor(ip?: string): DeskContext;
  /** Signs a seeded user in, by key (`lead`, `api-crm`, …) or user name, and gives their context. */
  signedIn(user: string): Promise<SessionContext & { sid: string }>;
  /** Signs in with an API token. */
  signedInWith(apiToken: string): Promise<SessionContext & { sid: string }>;
  /** The context of a session as the next request would find it: judged by the portal, where that is due. */
  again(ctx: SessionContext & { sid: string }): Promise<SessionContext & { sid: string }>;
  passwordOf(user: string): { userName: string; password: string };
  /** Opens the same store anew, as after a restart. The old desk is closed. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

export type TestDeskOptions = {
  env?: Record<string, string>;
  simulator?: SimulatorOptions;
  clock?: Clock;
};

/** Starts one for a test file. */
export async function startTestDesk(engine: Engine, options: TestDeskOptions = {}): Promise<TestDesk> {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-test-"));
  const simulator = await startSimulator(options.simulator);
  const env = readEnv({
    NODE_ENV: "test",
    TOKENDESK_DATA: folder,
    TOKENDESK_SECRET: randomBytes(32).toString("base64url"),
    TOKENDESK_PORTAL_CALLS_PER_MINUTE: "100000",
    PORTALS: JSON.stringify([{ id: "sim", name: "Simulator", baseUrl: simulator.baseUrl }]),
    ...(engine === "postgres" ? { DATABASE_URL: await createDatabase(inject("postgresUrl")) } : {}),
    ...options.env,
  });
  const clock = options.clock ?? systemClock;

  const passwordOf = (key: string) => {
    const user = simulator.seed.users.find(
      (candidate) => candidate.key === key || candidate.userName === key,
    );
    if (!user) throw new Error(`nobody is called ${key}`);
    return { userName: user.userName, password: user.password };
  };
  const visitor = (ip = "192.0.2.1"): DeskContext => ({
    desk: test.desk,
    from: { requestId: newId("req"), ip, userAgent: "test" },
  });
  const contextOf = async (sid: string) => {
    const session = await loadSession(test.desk, sid, true, { patienceMs: 2_500 });
    if (!session) throw new Error("the session has ended");
    return { ...visitor(), session, sid };
  };

  const test: TestDesk = {
    desk: await openDesk(env, clock),
    env,
    simulator,
    portal: createControlClient(simulator.controlUrl),
    visitor,
    passwordOf,
    async signedIn(user) {
      const { userName, password } = passwordOf(user);
      return contextOf((await signIn(visitor(), { portal: "sim", username: userName, password })).sid);
    },
    signedInWith: async (apiToken) => contextOf((await signIn(visitor(), { portal: "sim", apiToken })).sid),
    again: (ctx) => contextOf(ctx.sid),
    async restart() {
      await closeDesk(test.desk);
      test.desk = await openDesk(env, clock);
    },
    async stop() {
      await closeDesk(test.desk);
      await simulator.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return test;
}
