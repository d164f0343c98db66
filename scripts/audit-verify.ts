import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { systemClock } from "@/lib/server/clock";
import type { Env } from "@/lib/server/env";
import { readCheckpoints } from "@/lib/server/services/audit/checkpoint-file";
import type { CheckpointFindings } from "@/lib/server/services/audit/compare-checkpoints";
import type { SaidEntry } from "@/lib/server/services/audit/open-intents";
import { TrailError } from "@/lib/server/services/audit/trail-error";
import { verifyAudit } from "@/lib/server/services/audit/verify";
import { verifyExport } from "@/lib/server/services/audit/verify-export";
import { readKeys } from "@/lib/server/services/keys/open";
import { sqliteFile } from "@/lib/server/store/folder";
import { openStore } from "@/lib/server/store/open";
import { runCommand, runStoreCommand } from "./store-command";

/*
 * `npm run audit:verify`: the store's own audit trail with its checkpoints, while the desk runs or not.
 * `npm run audit:verify -- <export.jsonl> [<checkpoints.jsonl>]`: an export, on any machine, without desk or secret.
 * Ends with 1 where something does not fit, and says from which entry on.
 */

type State = {
  ok: boolean;
  entries: number;
  brokenAt?: number;
  checkpoints: CheckpointFindings & { missing?: number; uncounted?: boolean };
  unfinished: SaidEntry[];
};

function tell(what: string, { ok, entries, brokenAt, checkpoints, unfinished }: State): string {
  if (!ok && brokenAt === undefined && checkpoints.uncounted)
    throw new TrailError(
      "the store's own record of its checkpoints is gone, or the desk did not write it: entries cut off at the trail's end " +
        "may not show; when you know why, npm run audit:reset begins it anew",
    );
  if (!ok && brokenAt === undefined)
    throw new TrailError(
      `${checkpoints.missing} checkpoints are missing from their file, so that entries cut off at the trail's end may not show; ` +
        "where they are missing for a reason, npm run audit:reset takes the file as it is",
    );
  if (!ok)
    throw new TrailError(
      `${what} is broken: entry ${brokenAt} was changed, moved, inserted or taken out${
        checkpoints.brokenAt === brokenAt ? ", as a checkpoint shows" : ""
      }`,
    );
  const { agreeing, lastAt, replaced } = checkpoints;
  return [
    `${what} holds: ${entries} entries, none changed, moved, inserted or missing between them.`,
    lastAt
      ? `${agreeing} checkpoints agree; the last is of ${lastAt}.${
          replaced > 0 ? ` ${replaced} are of a trail that a restored backup has replaced.` : ""
        }`
      : "There are no checkpoints to compare it with: entries cut off at its end would not show.",
    ...unfinished.map(
      ({ seq, body }) => `Not ended: entry ${seq}, ${body.action} by ${body.actor.userName}.`,
    ),
  ].join("\n");
}

async function verifyStore(env: Env): Promise<string> {
  if (!env.databaseUrl && !existsSync(sqliteFile(env.dataDir)))
    throw new TrailError(`there is no store in ${env.dataDir}`);
  const db = openStore(env);
  try {
    const keys = await readKeys(db, env);
    return tell("The audit trail", await verifyAudit({ desk: { db, keys, env, clock: systemClock } }));
  } finally {
    await db.destroy();
  }
}

async function verifyFile(file: string, checkpointsFile?: string): Promise<string> {
  const missing = [file, checkpointsFile].find((name) => name !== undefined && !existsSync(name));
  if (missing) throw new TrailError(`there is no file ${missing}`);
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  const state = await verifyExport(lines, readCheckpoints(checkpointsFile ?? ""));
  const told = tell("The export", state);
  return [
    told,
    state.whole ? "It is the whole trail." : "It is a part of the trail: what it leaves out is not known.",
    ...(state.beyond > 0
      ? [
          `${state.beyond} checkpoints reach beyond its newest entry: it was made before them, or its end was cut off.`,
        ]
      : []),
    ...(checkpointsFile
      ? ["Whether the checkpoints are the desk's own, only the desk can tell: npm run audit:verify there."]
      : []),
  ].join("\n");
}

const [file, checkpointsFile] = process.argv.slice(2);
if (file === undefined) await runStoreCommand("audit:verify", verifyStore);
else await runCommand("audit:verify", () => verifyFile(file, checkpointsFile));
