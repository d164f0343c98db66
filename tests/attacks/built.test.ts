import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { nextProgram } from "../../scripts/ensure-build";

/*
 * What an attacker need not even ask for: what is in the files that everybody is given, what was rendered before
 * anybody asked, what the framework would run for whoever knows its address, and versions with a known hole.
 */

const root = resolve(import.meta.dirname, "../..");
const built = join(root, process.env.NEXT_DIST_DIR || ".next");
const readJson = (...path: string[]) => JSON.parse(readFileSync(join(...path), "utf8"));

describe("what browsers are given", () => {
  it("knows nothing of the portal, and tells nothing of the source", () => {
    const files = readdirSync(join(built, "static"), { recursive: true, withFileTypes: true }).filter(
      (file) => file.isFile(),
    );
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const text = readFileSync(join(file.parentPath, file.name), "latin1");
      expect(text, file.name).not.toMatch(
        /x-auth-token: |vacd\.biz|virtualacd|admin\/token|sourceMappingURL=/i,
      );
      expect(file.name).not.toMatch(/\.map$/);
    }
  });

  // Whoever imports the vault into a component must notice before anybody else does.
  it("cannot have a module of the server in it: the build fails", () => {
    mkdirSync(join(root, ".tmp"), { recursive: true });
    const folder = mkdtempSync(join(root, ".tmp", "careless-"));
    const write = (name: string, lines: string[]) => writeFileSync(join(folder, name), lines.join("\n"));
    mkdirSync(join(folder, "app"));
    write("app/layout.js", ["export default ({ children }) => <html><body>{children}</body></html>;"]);
    write("app/page.js", [
      '"use client";',
      'import { newSecret } from "../../../lib/server/crypto";',
      "export default () => newSecret();",
    ]);
    const { status, stdout, stderr } = spawnSync(process.execPath, [nextProgram(root), "build", folder], {
      cwd: root,
      env: { ...process.env, NODE_ENV: "production", NEXT_DIST_DIR: "", NEXT_TELEMETRY_DISABLED: "1" },
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    expect(status).toBe(1);
    expect(stdout + stderr).toContain("'server-only' cannot be imported from a Client Component module");
  }, 120_000);
});

describe("the build", () => {
  // A document that was rendered before has no nonce of its own, and may be kept by whoever stands in front.
  it("has no document that was rendered before it was asked for", () => {
    const { routes } = readJson(built, "prerender-manifest.json");
    // The framework's last resort makes no request of its own, and is never an answer to one.
    expect(Object.keys(routes)).toEqual(["/_global-error"]);
  });

  it("has no Server Action, for which an id would be enough", () => {
    const { node, edge } = readJson(built, "server", "server-reference-manifest.json");
    expect([node, edge]).toEqual([{}, {}]);
  });
});

/** Below these there are holes that matter here, code execution before next 16.4.1 among them. */
const floors = { next: "16.4.6", "next-auth": "4.24.15", react: "19.3.1", "react-dom": "19.3.1" };

const isBelow = (version: string, floor: string): boolean => {
  const [one, other] = [version, floor].map((text) => text.split(".").map(Number));
  for (const [at, number] of other?.entries() ?? [])
    if (number !== one?.[at]) return !((one?.[at] ?? 0) > number);
  return false;
};

describe("the dependencies", () => {
  it.each(Object.entries(floors))("have %s at %s or later, locked and installed", (name, floor) => {
    const { packages } = readJson(root, "package-lock.json");
    const installed = readJson(root, "node_modules", name, "package.json");
    for (const { version } of [packages[`node_modules/${name}`], installed])
      expect(isBelow(version, floor), `${name} ${version}`).toBe(false);
  });

  it("would be noticed below", () => {
    for (const version of ["16.4.0", "16.3.9", "15.9.9", "16.4.6-canary.1", "x"])
      expect([version, isBelow(version, floors.next)]).toEqual([version, true]);
    for (const version of ["16.4.6", "16.4.10", "16.5.0", "17.0.0"])
      expect([version, isBelow(version, floors.next)]).toEqual([version, false]);
  });

  it("are listed for whoever has to look for a hole in them (npm run sbom)", () => {
    const bill = JSON.parse(
      execFileSync("npm", ["run", "--silent", "sbom"], {
        cwd: root,
        encoding: "utf8",
        maxBuffer: 50_000_000,
      }),
    );
    expect(bill.bomFormat).toBe("CycloneDX");
    const names = bill.components.map(({ name }: { name: string }) => name);
    const { dependencies } = readJson(root, "package.json");
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  });
});
