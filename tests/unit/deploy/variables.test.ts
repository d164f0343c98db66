import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readEnv } from "@/lib/server/env";
import { readDeskAddress } from "@/scripts/desk-address";

/* Variables that are told of must be those that the desk reads, under that name. */

const read = (path: string) => readFileSync(path, "utf8");
const names = (text: string) => new Set(text.match(/\b[A-Z][A-Z]+(?:_[A-Z]+)*\b/g));
const sources = [
  "lib/server/env.ts",
  "scripts/desk-address.ts",
  "scripts/change-secret.ts",
  ...readdirSync("lib/server/env").map((name) => `lib/server/env/${name}`),
];
/** Of Node's own, and what only a command or compose.yaml reads. */
const elsewhere = ["NODE_ENV", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "DATABASE_PASSWORD"];
const known = names(sources.map(read).join("\n"));
/** What is a variable of the desk's by its name, wherever it stands. */
const ours = /^(TOKENDESK_\w+|TRUSTED_\w+|DATABASE_\w+|PORTALS|PORT|HOST|HTTPS?_PROXY|NO_PROXY|NODE_\w+)$/;
const unknown = (text: string) =>
  [...names(text)].filter((name) => ours.test(name) && !known.has(name) && !elsewhere.includes(name));

const example = read("deploy/env.example");
const rows = read("README.md")
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|")[1] ?? "")
  .join(" ");

test.each([
  "README.md",
  "deploy/env.example",
  "deploy/tokendesk.service",
  "deploy/nginx.conf",
  "deploy/Caddyfile",
  "compose.yaml",
  "Dockerfile",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
])("%s names only variables that are read", (path) => {
  // What the doctor says of a name that is none is an example of its own.
  const text = read(path)
    .replaceAll("TOKENDESK_UPSTREAM", "")
    .replace(/^```text\n.*?^```/gms, "");
  expect(unknown(text)).toEqual([]);
});

test("a name that is none would be noticed", () => {
  expect(unknown("TOKENDESK_URI")).toEqual(["TOKENDESK_URI"]);
});

test("every variable that is read is in README's table", () => {
  const schema = [...read("lib/server/env.ts").matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name);
  expect(schema.length).toBeGreaterThan(15);
  const others = [
    "HOST",
    "DATABASE_URL",
    "TOKENDESK_SECRET",
    "TOKENDESK_SECRET_FILE",
    "HTTPS_PROXY",
    "NO_PROXY",
  ];
  expect([...schema, ...others].filter((name) => !rows.includes(`\`${name}\``))).toEqual([]);
});

test("the example is a configuration: as it stands, and with all that it leaves out", () => {
  const variables = (text: string) =>
    Object.fromEntries(
      text.split("\n").flatMap((line) => {
        const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
        return name ? [[name, value]] : [];
      }),
    );
  const secret = { NODE_ENV: "test" as const, TOKENDESK_SECRET: "x".repeat(32) };
  expect(readEnv({ ...secret, ...variables(example) }).url.origin).toBe("https://desk.example.com");
  const all = variables(example.replace(/^#(?=[A-Z_]+=)/gm, ""));
  expect(Object.keys(all).length).toBeGreaterThan(15);
  expect(all.PORTALS).toContain("baseUrl");
  // Whose certificate it names is a file that is not here.
  expect(readDeskAddress({ ...secret, ...all }).host).toBe("10.0.0.5");
  // Neither in quotes nor with a remark: systemd and compose read both in ways of their own. Quotes inside, as of JSON, are themselves.
  for (const value of Object.values(all)) expect(value).not.toMatch(/^["']|['#\s]/);
});
