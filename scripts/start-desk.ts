import { constants } from "node:os";
import { EnvError } from "@/lib/server/env";
import type { DeskAddress } from "./desk-address";
import { BuildError, deskArguments, quietNext } from "./ensure-build";
import { askedToEnd, startTogether } from "./signals";

/** What the desk tells whoever started it, by the channel between them. */
type Message = { tokendesk: "ready" };

/**
 * Does what has to be done before the desk starts, or ends this program: with one line that says what is wrong, or in order
 * where it was asked to end meanwhile.
 */
export async function prepare<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (askedToEnd()) process.exit(0);
    if (!(error instanceof EnvError || error instanceof BuildError)) throw error;
    console.error(`Tokendesk cannot start: ${error.message}`);
    process.exit(1);
  }
}

/**
 * Starts the built desk; it ends with this program.
 * @param onReady called when it serves.
 * @returns the code to end with, when it has ended: 0 where somebody asked it to.
 */
export function startDesk(
  root: string,
  { host, port }: Pick<DeskAddress, "host" | "port">,
  env: NodeJS.ProcessEnv,
  output: "inherit" | "ignore",
  onReady: () => void,
): Promise<number> {
  const desk = startTogether(deskArguments(root, host, port), {
    cwd: root,
    env: { ...env, ...quietNext, NODE_ENV: "production" },
    stdio: ["ignore", output, "inherit"],
  });
  desk.on("message", (message: Message) => {
    if (message.tokendesk === "ready") onReady();
  });
  return new Promise((resolve) => {
    desk.once("exit", (code, signal) => resolve(code ?? codeOf(signal)));
  });
}

/** While it starts the desk handles no signal: it ends by it, with nothing begun that has to be put in order. */
function codeOf(signal: NodeJS.Signals | null): number {
  if (signal === "SIGTERM" || signal === "SIGINT" || signal === "SIGHUP") return 0;
  console.error(askedToEnd() ? "The desk did not end in time." : `The desk was ended by ${signal}.`);
  return 128 + (signal ? constants.signals[signal] : 0);
}
