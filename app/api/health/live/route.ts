import { liveness, livenessQuery } from "@/lib/contracts/health";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { answerProbe } from "@/lib/server/http/signed-probe";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/health/live", {
  GET: route({
    auth: "none",
    probe: true,
    perMinute: 0,
    query: livenessQuery,
    output: liveness,
    run: (ctx, { header }) => answerProbe(ctx, header),
  }),
});
