import { constants } from "node:os";
import { scrub } from "@/lib/server/scrub";
import { reasonOf } from "@/lib/server/services/reason";
import type { DeskAddress } from "./desk-address";
import { BuildError, deskArguments, quietNext } from "./ensure-build";
import { askedToEnd, startTogether } from "./signals";

/** How far a desk is: it waits for a database that another one works on, or it serves. */
export type DeskState = "standby" | "ready";

/** What the desk tells whoever started it, by the channel between them. */
type Message = { tokendesk: DeskState };

/**
 * Does what has to be done before the desk starts, or ends this program: with one line that says what is wrong, or in order
 * where it was asked to end meanwhile.
 */
export async function prepare<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (askedToEnd()) process.exit(0);
    const reason = error instanceof BuildError ? error.message : reasonOf(error);
    console.error(`Tokendesk cannot start: ${scrub(reason)}`);
    process.exit(1);
  }
}

/**
 * Starts the built desk; it ends with this program.
 * @param folder the one that `npm run build` made.
 * @param onState called with how far it is, each time that changes.
 * @returns the code to end with, when it has ended: 0 where somebody asked it to.
 */
export function startDesk(
  folder: string,
  { host, port }: Pick<DeskAddress, "host" | "port">,
  env: NodeJS.ProcessEnv,
  output: "inherit" | "ignore",
  onState: (state: DeskState) => void,
): Promise<number> {
  const desk = startTogether(deskArguments(folder, host, port), {
    env: { ...env, ...quietNext, NODE_ENV: "production" },
    stdio: ["ignore", output, "inherit"],
  });
  desk.on("message", ({ tokendesk }: Message) => onState(tokendesk));
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
