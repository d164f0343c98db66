import { parseArgs } from "node:util";
import { documentedRateLimit } from "@/lib/simulator/rate-limit";
import { seedTable } from "@/lib/simulator/seed-table";
import { type Simulator, startSimulator } from "@/lib/simulator/start";
import { whyNotListen } from "./listening";
import { whenAskedToEnd } from "./signals";

const usage = `Starts the stand-in portal on loopback.

  --port <n>          the portal's port            (PORT, default 4010)
  --control-port <n>  the control port             (CONTROL_PORT, default 4011)
  --seed <file>       users and tokens, as JSON    (SEED)
  --state <file>      keeps the state in a file    (STATE)
  --no-rate-limit     no 429 after 120 calls a minute
  --help              this text
`;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: process.env.PORT ?? "4010" },
    "control-port": { type: "string", default: process.env.CONTROL_PORT ?? "4011" },
    seed: { type: "string", default: process.env.SEED },
    state: { type: "string", default: process.env.STATE },
    "rate-limit": { type: "boolean", default: true },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});

if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}

const simulator = await start().catch((error) => {
  console.error(`The simulator cannot start: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
});
console.log(seedTable(simulator.seed));
console.log(`\nportal   ${simulator.baseUrl}\n         ${simulator.voiceBaseUrl}`);
console.log(`control  ${simulator.controlUrl}`);

let stopping = false;
whenAskedToEnd(async () => {
  if (stopping) return;
  stopping = true;
  await simulator.stop();
  process.exit(0);
});

async function start(): Promise<Simulator> {
  const [port, controlPort] = [
    await readPort("PORT", values.port),
    await readPort("CONTROL_PORT", values["control-port"]),
  ];
  return startSimulator({
    port,
    controlPort,
    seed: values.seed || undefined,
    stateFile: values.state || undefined,
    rateLimit: values["rate-limit"] ? documentedRateLimit : null,
  });
}

/** 0 stands for any free one. */
async function readPort(name: string, text: string): Promise<number> {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`${name} wants a whole number from 0 to 65535`);
  const fault = await whyNotListen("127.0.0.1", port, name);
  if (fault) throw new Error(fault);
  return port;
}
