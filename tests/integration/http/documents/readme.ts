import { once } from "node:events";
import { join } from "node:path";
import { expect } from "vitest";
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
    const script = text.replace("…            #", `${"a secret of our own ".repeat(2)} #`);
    expect(script).not.toBe(text);
    const chain = startChain("bash", ["-euc", script.replace(/(TOKENDESK_SECRET)=(.*) #/, "$1='$2' #")], {
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
