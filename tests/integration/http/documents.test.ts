import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, shellBlocks } from "@/tests/support/documents";
import { doctor } from "./documents/doctor";
import { networks } from "./documents/networks";
import { operating } from "./documents/operating";
import { postgresql, stopServer } from "./documents/postgresql";
import { readme } from "./documents/readme";
import { behindAProxy, running } from "./documents/running";
import { type Runner, startWorld, type World } from "./documents/world";

/* What the documents tell to type is typed here, as it stands there but for what is the reader's own. */

const runners: Record<string, Record<string, Runner>> = {
  "README.md": readme,
  "docs/behind-a-proxy.md": behindAProxy,
  "docs/company-networks.md": networks,
  "docs/doctor.md": doctor,
  "docs/operating.md": operating,
  "docs/postgresql.md": postgresql,
  "docs/running.md": running,
};

const blocks = shellBlocks();
const firstLine = ({ text }: Block): string => text.trim().split("\n", 1)[0]?.trim() ?? "";

let world: World & { stop(): Promise<void> };
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
  await stopServer();
});

it("each block is typed by a test, and each of these is in a document", () => {
  const told = blocks.map((block) => [block.document, firstLine(block)]);
  const run = Object.entries(runners).flatMap(([document, table]) =>
    Object.keys(table).map((line) => [document, line]),
  );
  expect(told.sort()).toEqual(run.sort());
});

describe.each([...new Set(blocks.map(({ document }) => document))])("%s", (document) => {
  it.for(
    blocks.filter((block) => block.document === document).map((block) => [firstLine(block), block] as const),
  )("%s", { timeout: 60_000 }, async ([line, { text }], { skip }) => {
    const runner = runners[document]?.[line];
    if (typeof runner === "function") return runner(text, world, (why) => skip(why));
    const [file = "", title = ""] = (runner ?? "none: none").split(": ");
    const tests = readFileSync(resolve(import.meta.dirname, "../../..", file), "utf8");
    expect(tests).toContain(title);
  });
});
