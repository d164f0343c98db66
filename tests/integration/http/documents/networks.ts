import { expect } from "vitest";
import { readEnv } from "@/lib/server/env";
import { typed, variablesOf } from "@/tests/support/documents";
import type { Runner } from "./world";

/* docs/company-networks.md */

export const networks: Record<string, Runner> = {
  "HTTPS_PROXY=http://desk:password@proxy.example.com:3128": async (text) => {
    const { forwardProxy } = readEnv({ ...(await variablesOf(text)), NODE_ENV: "production" });
    expect(forwardProxy?.shown).toMatch(/^http:\/\/proxy\.example\.com:3128 /);
  },
  "NODE_EXTRA_CA_CERTS=/etc/ssl/company-ca.pem      # besides those that Node trusts; read once, at the start":
    "tests/integration/http/corporate-network.test.ts: NODE_EXTRA_CA_CERTS",
  "curl -sS -o /dev/null -w '%{http_code}\\n' https://portal.vacd.biz/api/v1/admin/token    # 401: the portal answers":
    async (text, { desk }) => {
      const replace = { "https://portal.vacd.biz/api": desk.simulator.baseUrl };
      expect(await typed(text, { env: {}, replace })).toBe("401\n");
    },
};
