import { describe, expect, it, vi } from "vitest";
import { forget, once } from "@/lib/server/runtime";

describe("once", () => {
  it("makes an object once, until it is forgotten", () => {
    const made = once("runtime-test", () => ({}));
    expect(once("runtime-test", () => ({}))).toBe(made);
    forget("runtime-test");
    expect(once("runtime-test", () => ({}))).not.toBe(made);
    forget("runtime-test");
  });

  // The bundler copies modules: two budgets in one process would let twice as many calls through.
  it("is the same for every copy of the module", async () => {
    const made = once("runtime-test", () => ({}));
    vi.resetModules();
    const copy = await import("@/lib/server/runtime");
    expect(copy.once).not.toBe(once);
    expect(copy.once("runtime-test", () => ({}))).toBe(made);
    copy.forget("runtime-test");
  });

  it("keeps nothing of a failure, and keeps undefined", () => {
    const make = vi.fn<() => undefined>().mockImplementationOnce(() => {
      throw new Error("not yet");
    });
    expect(() => once("runtime-test", make)).toThrow("not yet");
    expect(once("runtime-test", make)).toBeUndefined();
    expect(once("runtime-test", make)).toBeUndefined();
    expect(make).toHaveBeenCalledTimes(2);
    forget("runtime-test");
  });
});
