import { health } from "@/lib/contracts/health";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { reportReadiness } from "@/lib/server/http/readiness";
import { route } from "@/lib/server/http/route";
import { checkReady } from "@/lib/server/services/health/ready";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/health/ready", {
  GET: route({
    auth: "optional",
    probe: true,
    // A probe asks each second or so, and each time the store writes.
    perMinute: 600,
    output: health,
    run: async (ctx) => reportReadiness(ctx, await checkReady(ctx.desk)),
  }),
});
