import { expect } from "vitest";
import { typed } from "@/tests/support/documents";
import type { Runner } from "./world";

/* docs/doctor.md, beside a desk that runs. */

export const doctor: Record<string, Runner> = {
  "npm run doctor": async (text, { env, desk }) => {
    const sim = { id: "sim", name: "Simulator", baseUrl: desk.simulator.baseUrl };
    const own = {
      ...env,
      PORT: String(desk.port),
      PORTALS: JSON.stringify([sim]),
      // The real ones cannot be reached from everywhere.
      TOKENDESK_ALLOW: "sim",
    };
    const told = await typed(text, { env: own });
    expect(told).toContain(`✓ a desk runs at 127.0.0.1:${desk.port}, and is ready`);
    expect(told).not.toContain("✗");
  },
};
