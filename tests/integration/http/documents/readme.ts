import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { newSecret } from "@/lib/server/crypto";
import { startChain } from "@/tests/support/chain";
import { freePort } from "@/tests/support/free-port";
import type { Runner } from "./world";

/* README.md. Its two commands for a fresh clone are what `.ci/run` and the tests of starting run. */

export const readme: Record<string, Runner> = {
  "npm ci && npm run demo":
    "tests/integration/http/ending.test.ts: npm run demo ends whole, and leaves no data",
  "npm ci && npm test": ".ci/run: npm test",
  "npm ci && npm start": 'tests/integration/http/ending.test.ts: start("npm", ["start"])',
  "export TOKENDESK_URL=https://desk.example.com": async (text, { folder }) => {
    const secret = join(folder, "readme.secret");
    writeFileSync(secret, newSecret(), { mode: 0o600 });
    const script = text.replace("/etc/tokendesk.secret", secret);
    expect(script).not.toBe(text);
    const chain = startChain("bash", ["-euc", script], {
      PORT: String(await freePort()),
      TOKENDESK_DATA: join(folder, "readme"),
    });
    try {
      await expect.poll(chain.output).toMatch(/^Tokendesk: https:\/\/desk\.example\.com \(listening on/m);
      chain.child.kill("SIGTERM");
      await once(chain.child, "close");
    } finally {
      chain.clear();
    }
  },
};
