import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/*
 * Loaded into the desk's process before anything else (`node --import`): on SIGUSR2 it prints the secrets in the file
 * CANARIES in every way that a fault could, and from then on the store throws errors that hold them. With
 * SCRUBBER=off what the desk puts around its output is left out, as the control of the test.
 */

if (process.env.SCRUBBER === "off")
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    Object.defineProperty(stream, "write", { get: () => write, set: () => {} });
  }

let broken = "";
// The desk's own copy, which lies in the folder that it runs out of.
const { prototype: sqlite } = createRequire(process.env.DESK)("libsql");
const { prepare } = sqlite;
// All that a page, a route and the worker ask for; not the session that they are asked with.
const breaks = /from "?(operations|operation_items|tokens|audit)\b/;
sqlite.prepare = function prepareBreakable(sql) {
  const statement = prepare.call(this, sql);
  const { all } = statement;
  if (breaks.test(sql))
    statement.all = (...given) => {
      if (broken) throw new Error(broken);
      return all.apply(statement, given);
    };
  return statement;
};

process.on("SIGUSR2", () => {
  for (const canary of JSON.parse(readFileSync(process.env.CANARIES, "utf8"))) print(canary);
});

function print(canary) {
  broken += ` store=${canary}`;
  const bytes = Buffer.from(canary);
  console.error(new Error(`console.error ${canary}`));
  console.error(new Error("outer", { cause: { headers: { "x-auth-token": canary } } }));
  console.log({ deep: { er: [canary] } }, JSON.stringify({ json: canary }));
  console.warn(`https://portal.example/api/v1/admin/token/${encodeURIComponent(canary)}`);
  console.info(bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex"), bytes);
  console.debug(Buffer.from(`Basic ann:${canary}`).toString("base64"));
  process.emitWarning(`warning ${canary}`);
  process.stdout.write(`in two ${canary.slice(0, 9)}`);
  process.stdout.write(`${canary.slice(9)} parts\n`);
  process.stderr.write(Buffer.from(`as bytes ${canary}\n`));
  Promise.reject(new Error(`unhandled rejection ${canary}`));
  setImmediate(() => {
    throw new Error(`uncaught exception ${canary}`);
  });
}
