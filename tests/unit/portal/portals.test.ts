import { describe, expect, it } from "vitest";
import { findPortal, readPortals } from "@/lib/server/portal/portals";

const read = (baseUrl: string) => readPortals([{ id: "p", name: "P", baseUrl }]).get("p");

describe("the configured portals", () => {
  it("takes a base URL apart, with any prefix and with or without a slash at its end", () => {
    expect(read("https://portal.vacd.biz/api")).toMatchObject({
      origin: "https://portal.vacd.biz",
      prefix: "/api",
    });
    expect(read("https://h.test/voice/api/")).toMatchObject({
      origin: "https://h.test",
      prefix: "/voice/api",
    });
    expect(read("http://127.0.0.1:4010")).toMatchObject({ origin: "http://127.0.0.1:4010", prefix: "" });
    expect(read("http://[::1]:4010/api")).toMatchObject({ origin: "http://[::1]:4010", prefix: "/api" });
  });

  it.each([
    "http://portal.vacd.biz/api",
    "http://127.0.0.1.evil.test/api",
    "https://user:pass@portal.vacd.biz/api",
    "https://portal.vacd.biz/api?x=1",
    "https://portal.vacd.biz/api#x",
    "ftp://portal.vacd.biz",
    "portal.vacd.biz/api",
    "",
  ])("refuses %j", (baseUrl) => {
    expect(() => read(baseUrl)).toThrow(/^The base URL of portal "p" must be https/);
  });

  it("refuses an id that is given twice, and knows no portal but these", () => {
    const portal = { id: "p", name: "P", baseUrl: "https://h.test" };
    expect(() => readPortals([portal, portal])).toThrow(/twice/);
    expect(() => findPortal(readPortals([portal]), "q", "GET /")).toThrow(
      expect.objectContaining({ kind: "unknown_portal", sent: "no" }),
    );
  });
});
