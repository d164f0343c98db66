import { auditExportQuery } from "@/lib/contracts/audit";
import { defineRoutes } from "@/lib/server/http/define-routes";
import { route } from "@/lib/server/http/route";
import { exportAudit } from "@/lib/server/services/audit/export";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = defineRoutes("/api/audit/export", {
  GET: route({
    auth: "session",
    query: auditExportQuery,
    run: (ctx, { query }) => exportAudit(ctx, query),
  }),
});
