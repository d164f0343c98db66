import { describe, expect, it } from "vitest";
import { lookAlikeKeys } from "@/lib/browser/look-alikes";
import { indexNames, namesLike } from "@/lib/browser/name-clash";
import { makeToken } from "./make-token";

describe("a name", () => {
  it("is taken by a living token of the same fold, and called as that one is", () => {
    const tokens = ["CRM 2", "Café Zürich", "ﬁnance"].map((label) => makeToken({ label }));
    const index = indexNames([...tokens, makeToken({ label: "old", status: "revoked" })]);
    expect(namesLike("crm  2", index)).toEqual(["CRM 2"]);
    expect(namesLike("ＣＲＭ２", index)).toEqual([]);
    expect(namesLike("ＣＲＭ　２", index)).toEqual(["CRM 2"]);
    expect(namesLike("CAFE ZURICH", index)).toEqual(["Café Zürich"]);
    expect(namesLike("Finance", index)).toEqual(["ﬁnance"]);
    expect(namesLike("old", index)).toEqual([]);
    expect(namesLike("crm 2", index, tokens[0]?.id)).toEqual([]);
  });

  const looksLike = (name: string, label: string) =>
    namesLike(name, indexNames([makeToken({ label })], lookAlikeKeys)).length > 0;

  it.each([
    ["Cyrillic", "сrm-export", "crm-export"],
    ["Cyrillic capitals", "СRМ", "CRM"],
    ["Cyrillic capitals and small letters", "СRМ", "crm"],
    ["a Cyrillic capital at the beginning", "ВILLING", "billing"],
    ["a Cyrillic capital that looks like two letters when it is small", "Мail", "mail"],
    ["Greek", "αpi", "api"],
    ["a digit for a letter", "bi11ing", "billing"],
    ["nought for O", "0PS", "OPS"],
    ["a capital I for an l", "biIling", "billing"],
    ["a capital I in capitals", "BILLING", "BlLLING"],
    ["two letters for one", "rnail", "mail"],
    ["another hyphen", "crm‐export", "crm-export"],
    ["mathematical letters and Cyrillic", "𝐜rm а", "crm a"],
  ])("looks like another: %s", (_, name, label) => {
    expect(looksLike(name, label)).toBe(true);
    expect(looksLike(label, name)).toBe(true);
  });

  it.each([
    ["export 2", "export 3"],
    ["crm", "erp"],
    ["ガス", "カス"],
    ["Москва", "Minsk"],
  ])("does not look like another: %s and %s", (name, label) => {
    expect(looksLike(name, label)).toBe(false);
  });
});
