import { describe, expect, it } from "vitest";
import { numberedNames, numbersFault } from "@/lib/shared/numbered-names";

describe("numbered names", () => {
  it("carry a number each, unless there is one", () => {
    expect(numberedNames("crm", 1)).toEqual(["crm"]);
    expect(numberedNames("crm", 3)).toEqual(["crm 1", "crm 2", "crm 3"]);
    expect(numberedNames("crm", 12)[0]).toBe("crm 01");
    expect(numberedNames("crm", 12)[11]).toBe("crm 12");
  });

  it("are never cut: a label without room for its numbers has a fault instead", () => {
    expect(numberedNames("x".repeat(120), 2)[1]).toBe(`${"x".repeat(120)} 2`);
    expect(numbersFault("x".repeat(118), 9)).toBeUndefined();
    expect(numbersFault("x".repeat(118), 10)).toContain("At most 117");
    expect(numbersFault("x".repeat(120), 1)).toBeUndefined();
  });
});
