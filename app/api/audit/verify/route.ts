import { auditVerification } from "@/lib/contracts/audit";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { tellAuditState } from "@/lib/server/services/audit/tell";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/audit/verify", {
  // It reads the trail from its first entry: now and then is often enough.
  GET: route({
    auth: "session",
    output: auditVerification,
    perMinute: 60,
    run: (ctx) => tellAuditState(ctx),
  }),
});
