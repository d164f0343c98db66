import { EnvError } from "@/lib/server/env";
import { keepSecret } from "@/lib/server/scrub";
import { type DeskAddress, readDeskAddress } from "../desk-address";
import { checkClock } from "./clock";
import { checkConfiguration } from "./configuration";
import { deadlineIn, NoAnswer } from "./deadline";
import { bad, type Finding, unseen } from "./finding";
import { checkFront } from "./front";
import { checkKeys } from "./keys";
import { checkPortals } from "./portals";
import { checkResident, findResident } from "./running";
import { checkStoreState } from "./store";

/**
 * By when they are done, counted from the beginning: each leaves enough to those that wait for it, and all is told within 15
 * seconds. A connection to a database has five seconds by itself.
 */
const patienceMs = { store: 6_000, keys: 7_000, all: 13_500 };

/** A part of the report, whose findings come when they are there. */
export type Part = { title: string; findings: Promise<Finding[]> };

const titles = {
  configuration: "Configuration",
  store: "Store",
  desk: "The desk itself",
  keys: "Keys",
  clock: "Clock",
  portals: "Portals",
  front: "The proxy in front",
};

/**
 * All that the doctor looks at, in the order of the report. What needs nothing of another begins at once, and what fails stops
 * only what cannot be looked at without it.
 */
export function examine(source: NodeJS.ProcessEnv): Part[] {
  const address = readAddress(source);
  const configuration = part(titles.configuration, async () => checkConfiguration(source, address));
  if (address instanceof EnvError) {
    const why = [unseen("the configuration cannot be read")];
    return [
      configuration,
      ...Object.values(titles)
        .slice(1)
        .map((title) => part(title, async () => why)),
    ];
  }
  const { env } = address;
  keepSecret(env.secret);
  const store = checkStoreState(env, deadlineIn(patienceMs.store));
  const desk = findResident(address);
  const untilKeys = deadlineIn(patienceMs.keys);
  const keys = store.then(({ db }) => checkKeys(env, source, db, untilKeys));
  const portals = checkPortals(env);
  const taken = store.then(
    ({ isTaken }) => isTaken,
    () => undefined,
  );
  const ours = keys.then(
    ({ keys }) => keys,
    () => undefined,
  );
  return [
    configuration,
    part(titles.store, async () => (await store).findings),
    part(titles.desk, async () => checkResident(address, await desk, await taken)),
    part(titles.keys, async () => (await keys).findings),
    part(titles.clock, async () => {
      const { skewMs } = await store.catch(() => ({ skewMs: undefined }));
      const heard = await portals.then(
        ({ skews }) => skews,
        () => [],
      );
      return checkClock([...(skewMs === undefined ? [] : [{ whose: "the database", skewMs }]), ...heard]);
    }),
    part(titles.portals, async () => (await portals).findings),
    part(titles.front, async () =>
      checkFront(address, { ...(await desk), isTaken: await taken, keys: await ours }),
    ),
  ];
}

/** A part that fails in a way that nobody thought of says so, and the others go on. Of the error its code is told, no more. */
function part(title: string, look: () => Promise<Finding[]>): Part {
  const findings = deadlineIn(patienceMs.all)(look()).catch((error: unknown) => {
    if (error instanceof NoAnswer) return [bad(`${error.message}: look again later`)];
    const { code, name } = error as NodeJS.ErrnoException;
    return [bad(`could not be looked at (${code ?? name}): tell the developers of Tokendesk`)];
  });
  return { title, findings };
}

function readAddress(source: NodeJS.ProcessEnv): DeskAddress | EnvError {
  try {
    return readDeskAddress(source);
  } catch (error) {
    if (error instanceof EnvError) return error;
    throw error;
  }
}
