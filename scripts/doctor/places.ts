import { accessSync, constants, existsSync, type Stats, statfsSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Env } from "@/lib/server/env";
import { reasonOf } from "@/lib/server/services/reason";
import { fileFault } from "@/lib/server/store/error";
import { probePlaces, sqliteFile } from "@/lib/server/store/folder";
import { bad, but, type Finding, good } from "./finding";

/* Where a desk writes. A start makes what is missing there; this makes nothing. */

const littleBytes = 200 * 1024 * 1024;
const tooLittleBytes = 5 * 1024 * 1024;

type Place = { variable: string; folder: string };

/** The folders that a desk of this configuration writes to. */
function placesOf({ dataDir, databaseUrl, checkpointsFile }: Env): Place[] {
  const data = resolve(dataDir);
  const ofCheckpoints = dirname(resolve(checkpointsFile));
  const places = databaseUrl ? [] : [{ variable: "TOKENDESK_DATA", folder: data }];
  if (places.some(({ folder }) => folder === ofCheckpoints)) return places;
  const variable = ofCheckpoints === data ? "TOKENDESK_DATA" : "TOKENDESK_CHECKPOINTS";
  return [...places, { variable, folder: ofCheckpoints }];
}

/** Whether the store's own folder takes what is written, does not, or is not there: a store on a server needs none. */
export type Footing = "good" | "bad" | "missing";

/** What is to be said of the places. */
export function checkPlaces(env: Env): { findings: Finding[]; footing: Footing } {
  const places = placesOf(env);
  const missing = places.filter(({ folder }) => !existsSync(folder));
  const there = places.filter((place) => !missing.includes(place));
  const findings = [...missing.map(checkMissing), ...there.flatMap(checkFolder), ...filesThatOthersRead(env)];
  const isHomeless = !env.databaseUrl && missing.some(({ folder }) => folder === resolve(env.dataDir));
  if (isHomeless) return { findings, footing: findings.some(({ mark }) => mark === "✗") ? "bad" : "missing" };
  if (there.length === 0) return { findings, footing: "good" };
  try {
    // It would make the folder of the checkpoints, too.
    const checkpointsFile = missing.length > 0 ? join(env.dataDir, "checkpoints") : env.checkpointsFile;
    probePlaces({ ...env, checkpointsFile });
    findings.unshift(good(`${there.map(({ folder }) => folder).join(" and ")} can be written`));
    return { findings, footing: "good" };
  } catch (error) {
    return { findings: [bad(reasonOf(error)), ...findings], footing: "bad" };
  }
}

function checkMissing({ variable, folder }: Place): Finding {
  let parent = dirname(folder);
  while (!existsSync(parent)) parent = dirname(parent);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
    return good(`${variable}: ${folder} is not there yet: the start makes it`);
  } catch (error) {
    return bad(fileFault(variable, folder, error).message);
  }
}

function checkFolder({ variable, folder }: Place): Finding[] {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found) return [];
  return [
    ...whoseItIs(variable, folder, found),
    ...othersLookInto(variable, folder, found),
    ...roomIn(variable, folder),
  ];
}

/** To root everything can be written: that says nothing about the user that runs the desk. */
function whoseItIs(variable: string, folder: string, { uid }: Stats): Finding[] {
  if (userInfo().uid !== 0 || uid === 0) return [];
  return [
    but(
      `${variable}: ${folder} belongs to user ${uid}, and this is run as root: run it as the user that runs the desk, or it cannot tell what that one may do`,
    ),
  ];
}

function othersLookInto(variable: string, folder: string, { mode }: Stats): Finding[] {
  if (process.platform === "win32" || (mode & 0o007) === 0) return [];
  return [but(`${variable}: everybody on this machine may look into ${folder}: chmod 700 ${folder}`)];
}

function roomIn(variable: string, folder: string): Finding[] {
  let bytes: number;
  try {
    const { bavail, bsize } = statfsSync(folder);
    bytes = bavail * bsize;
  } catch {
    return [];
  }
  const free = `${variable}: ${sized(bytes)} are free on the disk of ${folder}`;
  if (bytes < tooLittleBytes) return [bad(`${free}: make room, or the desk soon takes no writes`)];
  return [bytes < littleBytes ? but(`${free}: make room before it is used up`) : good(free)];
}

function sized(bytes: number): string {
  const gigabytes = bytes / 1024 ** 3;
  return gigabytes >= 1
    ? `${gigabytes.toFixed(gigabytes < 10 ? 1 : 0)} GB`
    : `${Math.floor(bytes / 1024 ** 2)} MB`;
}

function filesThatOthersRead({ dataDir, databaseUrl, checkpointsFile }: Env): Finding[] {
  const files: [string, string][] = [
    ...(databaseUrl ? [] : [["TOKENDESK_DATA", sqliteFile(dataDir)] as [string, string]]),
    ["TOKENDESK_CHECKPOINTS", checkpointsFile],
  ];
  return files.flatMap(([variable, file]) =>
    othersMayRead(file) ? [but(`${variable}: others may read ${file}: chmod 600 ${file}`)] : [],
  );
}

/**
 * Whether a file is another's who lends it to a group, as root does to the desk's user (docs/running.md), and to nobody else. Run by
 * root itself: to any group but root's own.
 */
export function isForItsGroup(file: string): boolean {
  const { uid, gid, mode } = statSync(file);
  return (mode & 0o004) === 0 && (uid !== process.geteuid?.() || (uid === 0 && gid !== 0));
}

/** Whether somebody besides a file's owner may read it. On Windows that is not told by its mode. */
export function othersMayRead(file: string): boolean {
  if (process.platform === "win32") return false;
  try {
    return (statSync(file).mode & 0o044) !== 0;
  } catch {
    // It is not there, or in a folder that this user may not enter: that is told elsewhere.
    return false;
  }
}
