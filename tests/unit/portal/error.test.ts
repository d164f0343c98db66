import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { PortalError } from "@/lib/server/portal/error";

describe("PortalError", () => {
  it("says what happened in fixed words, and carries no error of a library", () => {
    const error = new PortalError("not_deleted", {
      endpoint: "DELETE /v1/admin/token/{token}",
      sent: "no",
      status: 200,
    });
    expect(error.message).toBe(
      "DELETE /v1/admin/token/{token}: the portal says that the token was not deleted",
    );
    expect(error).toMatchObject({ name: "PortalError", kind: "not_deleted", sent: "no", status: 200 });
    expect(error.cause).toBeUndefined();
    expect(inspect(error)).not.toContain("cause");
    const unreached = new PortalError("unavailable", { endpoint: "GET /", sent: "no", cause: "dns" });
    expect(unreached.cause).toBe("dns");
  });

  // The bundler copies modules: an error thrown by one copy must be known to a service that imported another.
  it("is recognised by every copy of the module, and nothing else is", async () => {
    vi.resetModules();
    const other = await import("@/lib/server/portal/error");
    expect(other.PortalError).not.toBe(PortalError);
    expect(new other.PortalError("timeout", { endpoint: "GET /", sent: "maybe" })).toBeInstanceOf(
      PortalError,
    );
    expect(new Error("x")).not.toBeInstanceOf(PortalError);
    for (const other of [null, undefined, "PortalError", { kind: "timeout" }]) {
      expect(PortalError[Symbol.hasInstance](other)).toBe(false);
    }
  });
});
