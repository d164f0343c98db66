import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findProgram } from "@/tests/support/programs";

/* The unit of systemd, as systemd itself reads it. Where there is none these tests are skipped, and say so. */

const analyze = findProgram("systemd-analyze");
const unit = readFileSync("deploy/tokendesk.service", "utf8");
const folder = mkdtempSync(join(tmpdir(), "tokendesk-unit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What systemd says of a unit whose program is at hand on this machine; `changed` is what would be wrong with it. */
function ask(args: string[], changed: (text: string) => string = (text) => text) {
  const file = join(folder, "tokendesk.service");
  const program = `ExecStart=${process.execPath} ${join(folder, "start.mjs")}`;
  writeFileSync(file, changed(unit).replace(/^ExecStart=.*$/m, program));
  const { status, stdout, stderr } = spawnSync(analyze ?? "", [...args, file], { encoding: "utf8" });
  return { status, text: stdout + stderr };
}

describe.skipIf(!analyze)("the unit of systemd (skipped without systemd-analyze)", () => {
  test("is read without a complaint", () => {
    expect(ask(["verify"])).toEqual({ status: 0, text: "" });
    const misspelt = ask(["verify"], (text) => text.replace("ProtectHome=", "ProtectHouse="));
    expect(misspelt.text).toContain("ProtectHouse");
  });

  // Whoever takes the desk over has what the desk has, and no more of the machine.
  test("leaves the desk little of the machine: an exposure of 1.5 at most, of 10", () => {
    const exposure = (changed?: (text: string) => string) => {
      const { text } = ask(["security", "--offline=true", "--no-pager"], changed);
      return Number(/exposure level for \S+: (\d+\.\d)/.exec(text)?.[1]);
    };
    expect(exposure()).toBeLessThanOrEqual(1.5);
    expect(exposure((text) => text.replace("ProtectSystem=strict", ""))).toBeGreaterThan(exposure());
  });
});

test("the unit gives a desk the time and the place that it needs", () => {
  const [, ...values] =
    /^ExecStart=(\S+) (\S+)$[\s\S]*^KillMode=(\S+)$[\s\S]*^KillSignal=(\S+)$[\s\S]*^TimeoutStopSec=(\d+)$/m.exec(
      unit,
    ) ?? [];
  expect(values).toEqual(["/usr/bin/node", "/opt/tokendesk/scripts/start.mjs", "mixed", "SIGTERM", "25"]);
  // V8 makes code at run time: a desk that may not would not start.
  expect(unit).not.toMatch(/^MemoryDenyWriteExecute=(yes|true|1|on)/m);
});
