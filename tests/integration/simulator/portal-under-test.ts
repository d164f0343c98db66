import { afterAll, beforeAll, beforeEach } from "vitest";
import { type ControlClient, createControlClient } from "@/lib/simulator/control-client";
import type { SeededUser } from "@/lib/simulator/seed";
import { type Simulator, type SimulatorOptions, startSimulator } from "@/lib/simulator/start";

interface Answer {
  status: number;
  text: string;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into an answer of any shape.
  json: any;
}

export interface PortalUnderTest {
  readonly simulator: Simulator;
  readonly control: ControlClient;
  user(key: string): SeededUser;
  /** A call below `/api`, with a credential where one is given. */
  call(method: string, path: string, credential?: string, init?: RequestInit): Promise<Answer>;
  /** Signs in through the form and gives the answer. */
  login(user: { userName: string; password: string }, more?: Record<string, string>): Promise<Answer>;
  /** Signs in and gives the authToken. */
  signIn(key: string): Promise<string>;
}

/** A simulator for the tests of one file, reset before each of them. */
export function portalUnderTest(options: SimulatorOptions = {}): PortalUnderTest {
  let simulator: Simulator | undefined;
  let control: ControlClient | undefined;
  beforeAll(async () => {
    simulator = await startSimulator(options);
    control = createControlClient(simulator.controlUrl);
  });
  beforeEach(async () => control?.reset());
  afterAll(async () => simulator?.stop());

  const portal: PortalUnderTest = {
    get simulator() {
      if (simulator === undefined) throw new Error("The simulator has not started");
      return simulator;
    },
    get control() {
      if (control === undefined) throw new Error("The simulator has not started");
      return control;
    },
    user: (key) => portal.simulator.seed.user(key),
    async call(method, path, credential, init = {}) {
      const headers = new Headers(init.headers);
      if (credential !== undefined) headers.set("x-auth-token", credential);
      const response = await fetch(portal.simulator.baseUrl + path, {
        redirect: "manual",
        ...init,
        method,
        headers,
      });
      const text = await response.text();
      return { status: response.status, text, headers: response.headers, json: parseOrUndefined(text) };
    },
    login({ userName, password }, more = {}) {
      const body = new URLSearchParams({ username: userName, password, ...more });
      return portal.call("POST", "/v1/auth/login", undefined, { body });
    },
    async signIn(key) {
      const answer = await portal.login(portal.user(key));
      return String(answer.json.authToken);
    },
  };
  return portal;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The first of an array that must have one. */
export function first<T>(values: readonly T[]): T {
  const [value] = values;
  if (value === undefined) throw new Error("Nothing there");
  return value;
}
