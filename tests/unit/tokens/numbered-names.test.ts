import { describe, expect, it } from "vitest";
import { numberedNames, takenNames } from "@/lib/shared/numbered-names";
import { makeToken } from "./make-token";

describe("numbered names", () => {
  it("carry a number each, unless there is one", () => {
    expect(numberedNames("crm", 1)).toEqual(["crm"]);
    expect(numberedNames("crm", 3)).toEqual(["crm 1", "crm 2", "crm 3"]);
    expect(numberedNames("crm", 12)[0]).toBe("crm 01");
    expect(numberedNames("crm", 12)[11]).toBe("crm 12");
  });

  it("stay within the length of a label and never halve a character", () => {
    const names = numberedNames("🔑".repeat(60), 20);
    for (const name of names) {
      expect(name.length).toBeLessThanOrEqual(120);
      expect(name.isWellFormed()).toBe(true);
    }
    expect(new Set(names).size).toBe(20);
  });

  it("tell which are taken by a living token", () => {
    const tokens = [makeToken({ label: "CRM 2" }), makeToken({ label: "crm 1", status: "revoked" })];
    expect(takenNames(["crm 1", " crm 2 ", "crm 3"], tokens)).toEqual([" crm 2 "]);
  });
});
