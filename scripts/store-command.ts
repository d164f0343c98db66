import { type Env, readEnv } from "@/lib/server/env";
import { codeOf } from "@/lib/server/errors";
import { scrubOutput } from "@/lib/server/printing";
import { scrub } from "@/lib/server/scrub";
import { reasonOf } from "@/lib/server/services/reason";
import { lockStore } from "@/lib/server/store/lock";
import { storeFault } from "@/lib/server/store/open";
import { heedExtraCertificates } from "./extra-certificates";

/** Runs a command on the desk's store, as the environment describes it, and ends the process. */
export const runStoreCommand = (name: string, work: (env: Env) => Promise<string>): Promise<never> =>
  runCommand(name, async () => {
    const env = readEnv(process.env);
    return work(env).catch((error: unknown) => {
      // What has a code comes from the system, or from the store's engine.
      throw codeOf(error) ? storeFault(env, error) : error;
    });
  });

/**
 * Runs a command and ends the process: with what `work` has to say, or with one line that says why not, also where an
 * error comes from where nobody waits for it: Node would print that past the scrubber.
 * @param name the npm script, to call it by.
 */
export async function runCommand(name: string, work: () => Promise<string>): Promise<never> {
  heedExtraCertificates();
  const fail = (error: unknown): never => {
    process.stderr.write(`npm run ${name}: ${scrub(reasonOf(error))}\n`);
    process.exit(1);
  };
  scrubOutput();
  process.on("uncaughtException", fail);
  try {
    const text = await work();
    process.stdout.write(`${text}\n`);
    process.exit(0);
  } catch (error) {
    return fail(error);
  }
}

/** Runs work that wants the desk stopped: under the lock that a running desk holds, and without waiting for it. */
export async function withStoppedDesk<T>(env: Env, work: () => Promise<T>): Promise<T> {
  const release = await lockStore(env, () => process.exit(1));
  try {
    return await work();
  } finally {
    await release();
  }
}
