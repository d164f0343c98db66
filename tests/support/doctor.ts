import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject, onTestFinished } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { readEnv } from "@/lib/server/env";
import { takeCheckpoint } from "@/lib/server/services/audit/checkpoint-file";
import { record } from "@/lib/server/services/audit/record";
import { deskOrigin } from "@/lib/server/services/context";
import { closeDesk, openDesk } from "@/lib/server/services/desk";
import { examine } from "../../scripts/doctor/examine";
import { refuse, startPortal } from "../integration/portal/portal-server";
import type { Engine } from "./desk";
import { freePort } from "./free-port";
import { createDatabase } from "./postgres";

export type Variables = Record<string, string>;

/** Whoever stands in the trail of a store that `leaveStore` left. */
export const somebody = "ann.of.the.trail@example.com";

/** `PORTALS` of these base URLs, by id. */
export const portalsOf = (byId: Record<string, string>): string =>
  JSON.stringify(Object.entries(byId).map(([id, baseUrl]) => ({ id, name: id, baseUrl })));

/**
 * The configuration of a desk on loopback that is as it should be: its portal answers as portals do, and from the others, which
 * are real ones, nobody is let in, so that they are not asked. What it names is gone after the test.
 */
export async function goodDesk(engine: Engine = "sqlite", more: Variables = {}): Promise<Variables> {
  const folder = mkdtempSync(join(tmpdir(), "tokendesk-doctor-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return {
    NODE_ENV: "test",
    PORT: String(await freePort()),
    TOKENDESK_DATA: join(folder, "data"),
    TOKENDESK_SECRET: newSecret(),
    TOKENDESK_ALLOW: "sim",
    PORTALS: more.PORTALS ?? portalsOf({ sim: (await startPortal(refuse(401))).baseUrl }),
    ...(engine === "postgres" ? { DATABASE_URL: await createDatabase(inject("postgresUrl")) } : {}),
    ...more,
  };
}

/** Leaves a store there as a desk does, with an entry in its trail and a checkpoint of that. */
export async function leaveStore(variables: Variables): Promise<void> {
  const desk = await openDesk(readEnv(variables as NodeJS.ProcessEnv));
  const entry = {
    action: "session.sign_in",
    result: "refused",
    actor: { portal: "sim", userName: somebody },
  } as const;
  await desk.db.transaction().execute((tx) => record(tx, { desk, from: deskOrigin() }, entry));
  await takeCheckpoint(desk);
  await closeDesk(desk);
}

/** What the doctor says with this configuration and nothing of the surrounding one: its lines, by the title of their part. */
export async function saidByDoctor(variables: Variables): Promise<Record<string, string[]>> {
  const parts = examine(variables as NodeJS.ProcessEnv);
  const said = parts.map(async ({ title, findings }) => {
    const lines = (await findings).map(({ mark, words, settings = [] }) =>
      [`${mark} ${words}`, ...settings].join(" "),
    );
    return [title, lines] as const;
  });
  return Object.fromEntries(await Promise.all(said));
}
