import { createHash } from "node:crypto";
import type { DeskProcess } from "../../support/desk-process";

/** A secret of the portal, and what to call it: its value is never printed. */
export type Secret = { what: string; value: string };

/** Something that the browser received or kept. */
export type Haystack = { where: string; text: string };

/** Collects the portal's secrets over a journey: what is revoked or replaced on the way was a secret too. */
export class Secrets {
  readonly #known = new Map<string, Secret>();

  /** Notes all passwords, tokens and authTokens that the portal has now. */
  async note(desk: DeskProcess): Promise<void> {
    const { users } = await desk.portal.state();
    for (const { userName, password, tokens, authTokens } of users) {
      this.add(`password of ${userName}`, password);
      for (const [at, token] of tokens.entries()) this.add(`token ${at} of ${userName}`, token);
      for (const { value } of authTokens) this.add(`authToken of ${userName}`, value);
    }
  }

  add(what: string, value: string): void {
    this.#known.set(value, { what, value });
    // What stands behind a prefix is all that somebody needs.
    const bare = value.slice(value.indexOf(":") + 1);
    if (bare !== value && bare.length >= 16)
      this.#known.set(bare, { what: `${what}, without prefix`, value: bare });
  }

  get all(): Secret[] {
    return [...this.#known.values()];
  }

  /** Where any of them stands, in any form; `found` says what it is and where, and never the secret itself. */
  find(haystacks: readonly Haystack[]): string[] {
    const needles = this.all.flatMap(({ what, value }) =>
      formsOf(value).map(({ form, text }) => ({ what, form, text: text.toLowerCase() })),
    );
    return haystacks.flatMap(({ where, text }) => {
      const hay = text.toLowerCase();
      return needles
        .filter((needle) => hay.includes(needle.text))
        .map((needle) => `${needle.what}, ${needle.form}, in ${where}`);
    });
  }
}

type Form = { form: string; text: string };

/** How a value could travel without being seen at once. All are compared without case. */
export function formsOf(value: string): Form[] {
  const bytes = Buffer.from(value, "utf8");
  const forms: Form[] = [
    { form: "raw", text: value },
    { form: "URL-encoded", text: encodeURIComponent(value) },
    { form: "form-encoded", text: new URLSearchParams({ v: value }).toString().slice(2) },
    { form: "in JSON", text: JSON.stringify(value).slice(1, -1) },
    { form: "hex", text: bytes.toString("hex") },
    ...["sha256", "sha1", "md5"].flatMap((name) => [
      { form: `${name} in hex`, text: createHash(name).update(bytes).digest("hex") },
      { form: `${name} in base64`, text: createHash(name).update(bytes).digest("base64").replace(/=+$/, "") },
      { form: `${name} in base64url`, text: createHash(name).update(bytes).digest("base64url") },
    ]),
    // In the middle of a longer text base64 depends on what stands before: three ways, without the edges.
    ...[0, 1, 2].flatMap((shift) => {
      const all = Buffer.concat([
        Buffer.alloc(shift, 32),
        bytes,
        Buffer.alloc((3 - ((shift + bytes.length) % 3)) % 3, 32),
      ]);
      const from = shift === 0 ? 0 : 4;
      const inner = (text: string) => text.slice(from, all.length % 3 === 0 ? -4 : undefined);
      return [
        { form: "base64", text: inner(all.toString("base64")) },
        { form: "base64url", text: inner(all.toString("base64url")) },
      ];
    }),
  ];
  return [...new Map(forms.map((form) => [form.text, form])).values()];
}
