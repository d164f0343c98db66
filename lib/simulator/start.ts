import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { createCallLog } from "./call-log";
import { createClock } from "./clock";
import { createControlServer } from "./control-server";
import type { PortalOptions, SimulatorCore } from "./core";
import { defaultSeed } from "./default-seed";
import { createFaultBoard } from "./faults";
import type { PortalState } from "./model";
import { createPortalServer } from "./portal-server";
import { createRateLimiter, type RateLimit } from "./rate-limit";
import { newToken } from "./secrets";
import { plantSeed, type Seed, type SeedInput, seedFromState, seedSchema } from "./seed";
import { readStateFile, writeStateFile } from "./state-file";
import { addToken } from "./tokens";
import { defaultVariants, type Variants } from "./wire";

export interface SimulatorOptions {
  /** The portal's port on 127.0.0.1. Default 0: any free one. */
  port?: number;
  /** The control port on 127.0.0.1. Default 0: any free one. */
  controlPort?: number;
  /** A seed, or the path of a JSON file with one. Default: the demo's people (`defaultSeed`). */
  seed?: SeedInput | string;
  /** So many further tokens for these users (by key or user name), for lists of any length. */
  extraTokens?: Record<string, number>;
  /** The path of a JSON file that keeps the state. Where it exists it is used, and the seed is not. */
  stateFile?: string;
  /** Default: off. */
  rateLimit?: RateLimit | null;
  /** How long every call takes at least, in milliseconds. Default 0. */
  latencyMs?: number;
  /** How this deployment answers; what is not given is as in `defaultVariants`. */
  variants?: Partial<Variants>;
}

export interface Simulator {
  /** `http://127.0.0.1:<port>/api` */
  baseUrl: string;
  /** `http://127.0.0.1:<port>/voice/api`, over the same state. */
  voiceBaseUrl: string;
  controlUrl: string;
  port: number;
  controlPort: number;
  /** Who there is, with passwords and tokens. */
  seed: Seed;
  /** Cuts every connection and closes both ports. */
  stop(): Promise<void>;
}

/**
 * Starts the stand-in portal and its control port, both on loopback.
 * Throws for a seed or a state file of the wrong shape, and when a port is taken.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const core = createCore(options);
  const portal = createPortalServer(core);
  const port = await listen(portal, options.port ?? 0);
  const baseUrl = `http://127.0.0.1:${port}/api`;
  const voiceBaseUrl = `http://127.0.0.1:${port}/voice/api`;
  const control = createControlServer(core, () => ({ baseUrl, voiceBaseUrl }));
  let controlPort: number;
  try {
    controlPort = await listen(control, options.controlPort ?? 0);
  } catch (error) {
    await close(portal);
    throw error;
  }
  return {
    baseUrl,
    voiceBaseUrl,
    controlUrl: `http://127.0.0.1:${controlPort}`,
    port,
    controlPort,
    seed: core.seed,
    stop: async () => {
      await Promise.all([close(portal), close(control)]);
      core.changed();
    },
  };
}

function createCore(options: SimulatorOptions): SimulatorCore {
  const clock = createClock();
  const limiter = createRateLimiter();
  const faults = createFaultBoard();
  const calls = createCallLog();
  const first = firstState(options, clock.now());
  const core: SimulatorCore = {
    state: structuredClone(first.state),
    seed: first.seed,
    options: firstOptions(options),
    clock,
    faults,
    calls,
    limiter,
    held: new Set(),
    changed: () => {
      if (options.stateFile !== undefined) writeStateFile(options.stateFile, core.state);
    },
    reset: () => {
      core.state = structuredClone(first.state);
      core.options = firstOptions(options);
      clock.reset();
      limiter.reset();
      faults.clear();
      calls.clear();
      core.changed();
    },
  };
  core.changed();
  return core;
}

function firstOptions(options: SimulatorOptions): PortalOptions {
  return {
    rateLimit: options.rateLimit ?? null,
    latencyMs: options.latencyMs ?? 0,
    variants: { ...defaultVariants, ...options.variants },
  };
}

function firstState(options: SimulatorOptions, nowMs: number): { state: PortalState; seed: Seed } {
  const saved = options.stateFile === undefined ? undefined : readStateFile(options.stateFile);
  if (saved !== undefined) return { state: saved, seed: seedFromState(saved) };
  const planted = plantSeed(seedInput(options.seed), nowMs);
  for (const [who, count] of Object.entries(options.extraTokens ?? {})) {
    const user = planted.seed.user(who);
    for (let made = 0; made < count; made += 1) {
      const value = newToken(made % 4 === 3 ? "bare" : "prefixed");
      addToken(planted.state, user.userId, value, nowMs);
      user.tokens.push(value);
    }
  }
  return planted;
}

function seedInput(seed: SimulatorOptions["seed"]): SeedInput {
  if (seed === undefined) return defaultSeed();
  if (typeof seed !== "string") return seed;
  return seedSchema.parse(JSON.parse(readFileSync(seed, "utf8")));
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // A caller that was busy for the usual 5 s would send its next request into a connection that is being closed.
    server.keepAliveTimeout = 75_000;
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("The server has no port"));
      else resolve(address.port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
