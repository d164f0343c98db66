import { parseArgs } from "node:util";
import { startDeskProcess } from "../tests/support/desk-process";
import { benchPages } from "./bench/browser";
import { duration, type Figure, printFigures } from "./bench/figures";
import { benchHistory } from "./bench/history";
import { benchLists, benchViewers } from "./bench/lists";
import { memoryMb } from "./bench/memory";
import { openMeter } from "./bench/meter";
import { benchSize } from "./bench/size";
import { benchSoak } from "./bench/soak";
import { benchTable } from "./bench/table";
import { benchTurns } from "./bench/turns";
import { ensureBuild } from "./ensure-build";

/*
 * `npm run bench [-- --soak <seconds>]`, or `npm run bench -- --history [--entries <count>]` for what years of use cost: how fast and how heavy the built desk is, beside the portal and a bare route handler in the same
 * run, since machines differ and are noisy. Prints every figure with its aim; ends with 1 where one is missed.
 */

const domain = "bench.example";
const people = { hundred: 100, thousand: 1_000, tenThousand: 10_000 };
const crowd = Array.from({ length: 40 }, (_, index) => `soak${index}`);
const { values } = parseArgs({
  options: {
    soak: { type: "string", default: "60" },
    history: { type: "boolean", default: false },
    entries: { type: "string", default: "1000000" },
  },
});
const soakSeconds = Number(values.soak);
if (!(soakSeconds > 0)) throw new Error("--soak takes a number of seconds");

await ensureBuild(process.cwd());
let met = true;
const report = (title: string, figures: Figure[]) => {
  met = printFigures(title, figures) && met;
};

if (values.history) {
  for (const engine of ["sqlite", "postgres"] as const)
    report(`A long history on ${engine}`, await benchHistory(engine, Number(values.entries)));
  process.exit(met ? 0 : 1);
}

const meter = openMeter();
const started: { desk?: Awaited<ReturnType<typeof startDeskProcess>> } = {};
const readyMs = await duration(async () => {
  started.desk = await startDeskProcess({
    env: meter.env,
    simulator: {
      seed: {
        users: [...Object.entries(people), ...crowd.map((key) => [key, 100] as const)].map(
          ([key, count]) => ({
            key,
            userName: `${key}@${domain}`,
            newTokens: { prefixed: count },
          }),
        ),
      },
    },
  });
});
const desk = started.desk;
if (!desk?.child.pid) throw new Error("the desk did not start");
const { pid } = desk.child;

try {
  report("Start", [
    { name: "time to ready, simulator included", value: readyMs, unit: "ms", atMost: 2_000 },
    { name: "memory when ready", value: memoryMb(pid), unit: "MB" },
  ]);
  const [hundred, again, thousand] = await Promise.all([
    desk.signedIn("hundred"),
    desk.signedIn("hundred"),
    desk.signedIn("thousand"),
  ]);
  for (const client of [hundred, thousand]) await client.get("/api/tokens");
  report("The tokens page", [
    ...(await benchSize(hundred)),
    ...(await benchPages([
      { tokens: people.hundred, client: hundred },
      { tokens: people.thousand, client: thousand },
    ])),
  ]);
  report("The table", await benchTable());
  const tenThousand = await desk.signedIn("tenThousand");
  const credential = (key: string) => desk.simulator.seed.user(key).tokens[0] ?? "";
  report("Lists", [
    ...(await benchLists(
      desk.simulator,
      { client: hundred, credential: credential("hundred") },
      { client: tenThousand, userName: `tenThousand@${domain}`, credential: credential("tenThousand") },
    )),
    ...(await benchViewers(desk.simulator, [hundred, again])),
    { name: "memory with 10,000 tokens and after the runs", value: memoryMb(pid), unit: "MB", atMost: 250 },
  ]);
  report("The longest turn, in which nobody else is answered", await benchTurns());
  const visitors = await Promise.all(crowd.map((key) => desk.signedIn(key)));
  report("Soak", await benchSoak({ meter, pid }, visitors, soakSeconds));
} finally {
  await desk.stop();
  meter.close();
}
process.exit(met ? 0 : 1);
