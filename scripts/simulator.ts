import { parseArgs } from "node:util";
import { documentedRateLimit } from "@/lib/simulator/rate-limit";
import { seedTable } from "@/lib/simulator/seed-table";
import { startSimulator } from "@/lib/simulator/start";

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
} else {
  const simulator = await startSimulator({
    port: Number(values.port),
    controlPort: Number(values["control-port"]),
    seed: values.seed || undefined,
    stateFile: values.state || undefined,
    rateLimit: values["rate-limit"] ? documentedRateLimit : null,
  });
  console.log(seedTable(simulator.seed));
  console.log(`\nportal   ${simulator.baseUrl}\n         ${simulator.voiceBaseUrl}`);
  console.log(`control  ${simulator.controlUrl}`);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await simulator.stop();
    process.exit(0);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
