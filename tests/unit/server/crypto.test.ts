import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  deriveKeys,
  fingerprint,
  isSecret,
  newId,
  newSecret,
  seal,
  sha256,
  UnsealError,
  unseal,
  wrappingKey,
} from "@/lib/server/crypto";

const key = randomBytes(32);
const place = "tokens\ntok_x\ncopy";

describe("sealing", () => {
  test("opens what was sealed for the same key and place, whatever text it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (text, where) => {
        expect(unseal(key, "kid", where, seal(key, "kid", where, text))).toBe(text);
      }),
    );
  });

  test("never gives the same text twice, and does not show what it hides", () => {
    const sealed = Array.from({ length: 100 }, () => seal(key, "kid", place, "the same"));
    expect(new Set(sealed).size).toBe(100);
    const nonces = sealed.map((text) => text.split(".")[2]);
    expect(new Set(nonces).size).toBe(100);
    expect(Buffer.from(nonces[0] ?? "", "base64url")).toHaveLength(12);
    expect(seal(key, "kid", place, "aws80:canary")).not.toContain("canary");
  });

  test("has the form v1.kid.nonce.ciphertext.tag, with a tag of 16 bytes", () => {
    const parts = seal(key, "abcd1234", place, "text").split(".");
    expect(parts.slice(0, 2)).toEqual(["v1", "abcd1234"]);
    expect(parts).toHaveLength(5);
    expect(Buffer.from(parts[4] ?? "", "base64url")).toHaveLength(16);
  });

  test("opens at no other place, with no other key and under no other key's id", () => {
    // A row that is copied over another one must not be taken for it.
    const sealed = seal(key, "kid", place, "text");
    for (const open of [
      () => unseal(key, "kid", "tokens\ntok_y\ncopy", sealed),
      () => unseal(key, "kid", "operation_items\nop_x/0\nrevoke", sealed),
      () => unseal(randomBytes(32), "kid", place, sealed),
      () => unseal(key, "other", place, sealed),
      () => unseal(key, "other", place, sealed.replace("kid", "other")),
    ])
      expect(open).toThrow(UnsealError);
  });

  test("a bit changed anywhere, a tag cut short, a part too many or too few: refused in one way", () => {
    const sealed = seal(key, "kid", place, "some text of a few words");
    const parts = sealed.split(".");
    for (const index of [2, 3, 4]) {
      const bytes = Buffer.from(parts[index] ?? "", "base64url");
      for (let at = 0; at < bytes.length; at += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const text = parts.with(index, changed.toString("base64url")).join(".");
        expect(() => unseal(key, "kid", place, text)).toThrow(UnsealError);
      }
      for (const length of [0, 4, 8, 12, 15].filter((n) => n < bytes.length)) {
        const text = parts.with(index, bytes.subarray(0, length).toString("base64url")).join(".");
        expect(() => unseal(key, "kid", place, text)).toThrow(UnsealError);
      }
    }
    for (const text of [
      "",
      ".",
      "....",
      `${sealed}.`,
      parts.slice(0, 4).join("."),
      sealed.replace("v1", "v2"),
    ])
      expect(() => unseal(key, "kid", place, text)).toThrow(UnsealError);
  });

  test("arbitrary text is refused and never taken for sealed", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => unseal(key, "kid", place, text)).toThrow(UnsealError);
      }),
    );
  });
});

describe("keys", () => {
  test("are the same for the same root, and each its own", () => {
    const root = randomBytes(32);
    const keys = deriveKeys(root);
    expect(deriveKeys(root)).toEqual(keys);
    const other = deriveKeys(randomBytes(32));
    const all = [keys, other].flatMap(({ id, session, sealing, fingerprint: print, audit }) => [
      id,
      session,
      ...[sealing, print, audit].map((bytes) => bytes.toString("hex")),
    ]);
    expect(new Set(all).size).toBe(10);
    for (const bytes of [keys.sealing, keys.fingerprint, keys.audit]) expect(bytes).toHaveLength(32);
  });

  test("the wrapping key depends on the secret and on the store's salt", () => {
    const salt = randomBytes(16);
    const hex = (secret: string, with_: Buffer) => wrappingKey(secret, with_).toString("hex");
    expect(hex("a".repeat(32), salt)).toBe(hex("a".repeat(32), salt));
    expect(hex("a".repeat(32), salt)).not.toBe(hex("b".repeat(32), salt));
    expect(hex("a".repeat(32), salt)).not.toBe(hex("a".repeat(32), randomBytes(16)));
  });
});

describe("fingerprints", () => {
  const keys = deriveKeys(randomBytes(32));
  const value = "aws80:c2353445-bc74-af1a-2850-1d55a371c0a9";

  test("are tok_ and the first 26 characters of the HMAC in lower-case base32", () => {
    const mac = createHmac("sha256", keys.fingerprint).update(`sim\0${value}`).digest();
    const bits = [...mac].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    const letters = "abcdefghijklmnopqrstuvwxyz234567";
    const expected = Array.from(
      { length: 26 },
      (_, i) => letters[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)],
    );
    expect(fingerprint(keys, "sim", value)).toBe(`tok_${expected.join("")}`);
  });

  test("tell portals, values and desks apart, and are no plain hash", () => {
    const prints = [
      fingerprint(keys, "sim", value),
      fingerprint(keys, "vacd", value),
      fingerprint(keys, "sim", `${value} `),
      fingerprint(deriveKeys(randomBytes(32)), "sim", value),
    ];
    expect(new Set(prints).size).toBe(4);
    expect(fingerprint(keys, "sim", value)).toBe(prints[0]);
    expect(prints[0]).not.toContain(sha256(value).slice(0, 8));
  });

  test("a portal's name and a value cannot be shifted into each other", () => {
    expect(fingerprint(keys, "a", "bc")).not.toBe(fingerprint(keys, "ab", "c"));
  });

  test("always have their form", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (portal, text) => {
        expect(fingerprint(keys, portal, text)).toMatch(/^tok_[a-z2-7]{26}$/);
      }),
    );
  });
});

test("ids have 128 random bits, and never the form of a credential, which the log would mask", () => {
  const ids = Array.from({ length: 1_000 }, () => newId("ses"));
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^ses_[a-z2-7]{26}$/);
  expect(Buffer.from(newSecret(), "base64url")).toHaveLength(32);
});

describe("a secret that somebody gives", () => {
  test("is told apart from each other text, however long", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => isSecret(one, other) === (one === other)),
    );
    const secret = randomBytes(32).toString("base64url");
    expect(isSecret(secret, secret)).toBe(true);
    for (const given of ["", secret.slice(1), `${secret} `, secret.repeat(1_000)])
      expect(isSecret(secret, given)).toBe(false);
  });
});
