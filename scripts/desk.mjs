import "./end-with-parent.mjs";
import { subscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { resolve } from "node:path";
import next from "next";

/*
 * The desk's own process, which `scripts/start-desk.ts` starts: Next, on a server of ours. Next's own program listens, and
 * calls itself ready, before the desk has its store; this one listens when it can work (`boot` is over) or stands by, and
 * says which to whoever started it.
 *
 * It runs out of the folder that `npm run build` makes, where `next-config.json` lies beside it; cwd is anybody's.
 * Arguments: the host and the port.
 */

const [host, port] = process.argv.slice(2);

/** @param {string} reason */
function fail(reason) {
  console.error(`Tokendesk cannot start: ${reason}`);
  process.exit(1);
}

// There Next has no `next.config.mjs` to read, and is told by this what it was built with.
process.env.__NEXT_PRIVATE_STANDALONE_CONFIG = readFileSync(
  resolve(import.meta.dirname, "next-config.json"),
  "utf8",
);
const app = next({
  dir: resolve(import.meta.dirname, ".."),
  hostname: host,
  port: Number(port),
  // It would take upgrades on the server that it is told of, else on the one that a request came to, and leave most without
  // an answer, open for good. Nobody reaches this one: Node takes a request that asks for an upgrade as any other.
  httpServer: createServer(),
});
let isListening = false;
/** @type {unknown} */
let state;
const tell = () => process.connected && process.send?.({ tokendesk: state });
const begun = new Promise((done) => {
  subscribe("tokendesk.boot", (said) => {
    state = said;
    if (isListening) tell();
    done(said);
  });
});
/** @param {Error} error */
const cannotBeRun = (error) => fail(`the build cannot be run: ${String(error?.message).split("\n", 1)[0]}`);
// What Next has to tell of its configuration looks as if something worked already. An error that it only prints is one
// for which it would never begin.
const { log, error: printError } = console;
console.log = () => {};
console.error = (...said) => {
  const error = said.find((part) => part instanceof Error);
  if (error) cannotBeRun(error);
  printError(...said);
};
await app.prepare().catch(cannotBeRun);
await begun;
console.log = log;
console.error = printError;

const answer = app.getRequestHandler();
const server = createServer(async (request, response) => {
  try {
    await answer(request, response);
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end("Internal Server Error");
  }
});
// It was free when `npm start` looked.
server.on("error", (error) =>
  fail(`HOST ${host} with PORT ${port} cannot be listened on (${error.code}): set others`),
);
server.listen(Number(port), host, () => {
  isListening = true;
  tell();
});
