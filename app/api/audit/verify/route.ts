import { auditVerification } from "@/lib/contracts/audit";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { verifyAudit } from "@/lib/server/services/audit/verify";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes({
  GET: route({ auth: "session", output: auditVerification, run: (ctx) => verifyAudit(ctx) }),
});
