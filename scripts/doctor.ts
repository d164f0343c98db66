import { constants } from "node:os";
import { scrubOutput } from "@/lib/server/printing";
import { examine } from "./doctor/examine";
import { type Finding, printed, summaryOf } from "./doctor/finding";
import { heedExtraCertificates } from "./extra-certificates";

/*
 * `npm run doctor`: looks at configuration, store, keys, clock, portals and the proxy in front, and says what to do, while the
 * desk runs or not. It changes nothing, signs nobody in and makes no token. Ends with 1 where something has to be mended.
 */

heedExtraCertificates();
scrubOutput();
// Not all was looked at: whoever waits for it must not take it for good.
for (const [name, number] of Object.entries(constants.signals))
  if (["SIGINT", "SIGTERM", "SIGHUP"].includes(name)) process.on(name, () => process.exit(128 + number));
process.on("uncaughtException", (error) => {
  process.stderr.write(`npm run doctor: ${error.name}\n`);
  process.exit(1);
});

const all: Finding[] = [];
for (const { title, findings } of examine(process.env)) {
  const found = await findings;
  all.push(...found);
  process.stdout.write(`${title}\n${found.map(printed).join("")}\n`);
}
const { words, code } = summaryOf(all);
process.stdout.write(`${words}\n`);
process.exit(code);
