import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/**
 * A comparison that ends at the first difference tells by its time how much was right (ASVS 11.2.4). Of what a caller can
 * send, the server compares no secret at all: sessions and tokens are found by their hash, credentials are proved at
 * the portal, sealed values by their tag. What has to be compared one day is, by `timingSafeEqual`.
 */
const secret = "(password|sid|apiToken|authToken|csrfToken|credential|mac|signature)";
const compared = new RegExp(
  `\\b${secret}\\s*[!=]==?(?!=?\\s*(undefined|null|"))|[!=]==?\\s*([\\w.]+\\.)?${secret}\\b(?!\\s*[.(])`,
  "i",
);

const found = (text: string) => text.split("\n").filter((line) => compared.test(line));

describe("secrets", () => {
  test("are compared nowhere on the server by ===", () => {
    // The portal's client is given credentials that were opened here, never what a caller sent to be compared.
    const files = readdirSync("lib/server", { recursive: true, encoding: "utf8" }).filter((file) =>
      /^(?!portal\/).*\.ts$/.test(file),
    );
    expect(files.length).toBeGreaterThan(100);
    const wrong = files.flatMap((file) =>
      found(readFileSync(join("lib/server", file), "utf8")).map((line) => `${file}: ${line.trim()}`),
    );
    expect(wrong).toEqual([]);
  });

  test.each(["if (input.password === known) {", "return mac !== expected;", "known == row.apiToken"])(
    "would be found: %s",
    (line) => expect(found(line)).toHaveLength(1),
  );

  test.each(['typeof claims.sid !== "string"', "credential === undefined", "kind === password.kind"])(
    "is not: %s",
    (line) => expect(found(line)).toEqual([]),
  );
});
